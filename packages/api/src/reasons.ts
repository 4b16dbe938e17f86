// Condition types and reasons. Those marked "lab" are the course's own and never change.

/** Condition types. `Reconciling` and `Stalled` follow kstatus: True while work goes on, True when it ended in failure. */
export const ConditionType = {
  /** lab */ Ready: 'Ready',
  /** lab */ Progressing: 'Progressing',
  Degraded: 'Degraded',
  /** lab */ BackupReady: 'BackupReady',
  /** lab */ RestoreReady: 'RestoreReady',
  Reconciling: 'Reconciling',
  Stalled: 'Stalled',
  SpecChangeIgnored: 'SpecChangeIgnored',
  /** Whether the owner of a database can restore all of the Backup, or only a superuser. */
  OwnerRestorable: 'OwnerRestorable',
  /** Whether what a Restore brought was compared with what its backup holds. */
  Verified: 'Verified',
  /** Whether the servers of a Database agree and are well. */
  Consistent: 'Consistent',
  /** Whether the volumes of a Database have grown as far as its spec. */
  StorageGrown: 'StorageGrown',
  /** Whether a deleted Database has the Backup that is to be taken before it goes. */
  FinalBackup: 'FinalBackup',
  /** Whether a schedule will run, and when. */
  Scheduled: 'Scheduled',
  /** Whether retention deletes nothing although its rules would have it. */
  RetentionFrozen: 'RetentionFrozen',
  /** Whether a Backup holds less than was to be expected. */
  Suspicious: 'Suspicious',
  /** Whether the newest good backup of a Database is older than its objective. */
  BackupStale: 'BackupStale',
  /** Whether a drill has restored the Backup. */
  RestoreProven: 'RestoreProven',
  /** Whether the newest proof of a Database's backups is older than its objective. */
  ProofStale: 'ProofStale',
  /** Whether the stored data of a deleted Backup is gone. */
  DataDeleted: 'DataDeleted',
  /** Whether it is known which backups are stored. */
  CatalogueScanned: 'CatalogueScanned',
  /** Whether a Backup was asked by an annotation for what only a schedule does. */
  AnnotationIgnored: 'AnnotationIgnored',
  /** Whether the database that a Restore replaced is still there. */
  PreviousKept: 'PreviousKept',
  /** Whether the data of a Database can go to the image that was asked about. */
  UpgradePossible: 'UpgradePossible',
  /** Whether a Database holds the content that spec.backupRef asks for. */
  Cloned: 'Cloned',
} as const;

/** Why a run waits or how it ended, as the condition's reason. */
export const Reason = {
  /** lab */ DatabaseNotFound: 'DatabaseNotFound',
  /** lab */ DatabaseNotReady: 'DatabaseNotReady',
  /** lab */ BackupNotFound: 'BackupNotFound',
  /** lab */ BackupNotCompleted: 'BackupNotCompleted',
  /** lab */ BackupLocationMissing: 'BackupLocationMissing',
  /** lab */ BackupInProgress: 'BackupInProgress',
  /** lab */ BackupFailed: 'BackupFailed',
  /** lab */ BackupCompleted: 'BackupCompleted',
  /** lab */ RestoreInProgress: 'RestoreInProgress',
  /** lab */ RestoreFailed: 'RestoreFailed',
  /** lab */ RestoreCompleted: 'RestoreCompleted',
  /** Another Backup or Restore of the same Database goes first. */
  WaitingForTurn: 'WaitingForTurn',
  /** The Secret with the keys of the bucket is not in the namespace. */
  CredentialsNotFound: 'CredentialsNotFound',
  /** The Backup to restore holds a selection only. The runner's own word for it, see RunFailureReason. */
  BackupPartial: 'BackupPartial',
  /** The server is of an older major version than the one that was backed up. The runner's own word for it, see RunFailureReason. */
  ServerTooOld: 'ServerTooOld',
  /** No Backup was completed at the time that a Restore asks for, or earlier. */
  NoBackupBefore: 'NoBackupBefore',
  /** The Restore to undo is not there. */
  RestoreNotFound: 'RestoreNotFound',
  /** The Restore to undo has not ended. */
  RestoreNotCompleted: 'RestoreNotCompleted',
  /** What the Restore to undo replaced is not there. */
  PreviousNotKept: 'PreviousNotKept',
  /** Every table was counted, and has as many rows as in the backup. */
  RowsCounted: 'RowsCounted',
  /** The backup does not say how much it holds. */
  NotCounted: 'NotCounted',
  /** The replaced database is there to go back to. */
  Kept: 'Kept',
  /** The replaced database was dropped. */
  PreviousDropped: 'PreviousDropped',
  /** The replaced database is the live one again. */
  PreviousRestored: 'PreviousRestored',
  /** The time of the replaced database is over, and something else comes first. */
  WaitingToDrop: 'WaitingToDrop',
  /** The replaced database could not be dropped; it is tried again. */
  DropFailed: 'DropFailed',
  /** The run has failed, and a Job finds out what its lost runner left. */
  CleaningUp: 'CleaningUp',
  /** The runner could not look for the replaced database. */
  PreviousUnseen: 'PreviousUnseen',
  /** An attempt failed for a reason that may pass; the next one starts in a while. */
  WaitingForRetry: 'WaitingForRetry',
  /** Everything in the backup can be restored by a database's owner. */
  OwnerSuffices: 'OwnerSuffices',
  /** Some of what is in the backup can be restored by a superuser only. */
  SuperuserNeeded: 'SuperuserNeeded',
  /** The Backup is being restored into the new Database. */
  Cloning: 'Cloning',
  /** The new Database holds the content of the Backup. */
  CloneCompleted: 'CloneCompleted',
  /** The Restore that was to fill the new Database Failed. */
  CloneFailed: 'CloneFailed',
  /** The Backup to start with waits, over whatever way, for this very Database. */
  CloneCycle: 'CloneCycle',
  /** The volume held content from before: it was kept, and nothing was restored. */
  ContentKept: 'ContentKept',
  /** The next run of a schedule is known. */
  Scheduled: 'Scheduled',
  /** The schedule is suspended. */
  Suspended: 'Suspended',
  /** The schedule, or its time zone, cannot be read. */
  InvalidSchedule: 'InvalidSchedule',
  /** The schedule is due at no time, such as 30 February. */
  NeverDue: 'NeverDue',
  /** The Backup has no schedule. */
  NoSchedule: 'NoSchedule',
  /** Runs of a schedule were due and never started. */
  RunsMissed: 'RunsMissed',
  /** An earlier run of the schedule has not ended. */
  EarlierRunOpen: 'EarlierRunOpen',
  /** No run of the schedule was created yet. */
  NoRunYet: 'NoRunYet',
  /** The newest run has failed, or is suspicious: older backups may be all that is left. */
  NewestNotGood: 'NewestNotGood',
  /** Retention deletes what its rules say. */
  RulesFollowed: 'RulesFollowed',
  /** Much fewer rows than in the last good backup. */
  RowsDropped: 'RowsDropped',
  /** Much fewer bytes than in the last good backup, before compression. */
  BytesDropped: 'BytesDropped',
  /** Tables are missing that the last good backup has. */
  TablesMissing: 'TablesMissing',
  /** Compared with the last good backup, and nothing is missing. */
  AsExpected: 'AsExpected',
  /** A person has accepted it as it is. */
  Accepted: 'Accepted',
  /** The stored data is being deleted. */
  DeletingData: 'DeletingData',
  /** An attempt to delete the stored data failed; it is tried again. */
  DeletionFailed: 'DeletionFailed',
  /** The stored data is gone. */
  DataDeleted: 'DataDeleted',
  /** The stored data could not be deleted; the object goes, the data stays. */
  DataLeftBehind: 'DataLeftBehind',
  /** A scan looks for stored backups. */
  ScanInProgress: 'ScanInProgress',
  /** Every stored backup has an object. */
  Scanned: 'Scanned',
  /** A scan could not be made; a new value of the annotation asks for another. */
  ScanFailed: 'ScanFailed',
  /** The newest good backup is older than the objective, or there is none. */
  ObjectiveMissed: 'ObjectiveMissed',
  /** The newest good backup is as young as the objective wants it. */
  ObjectiveMet: 'ObjectiveMet',
  /** A drill is under way, or waits for another attempt. */
  DrillInProgress: 'DrillInProgress',
  /** A drill has restored the Backup, and found in it what was backed up. */
  Proven: 'Proven',
  /** The server of a drill would need more room than it may have. */
  DrillVolumeTooSmall: 'DrillVolumeTooSmall',
  /** A query of a drill had another answer than the one that is right. */
  QueryFailed: 'QueryFailed',
  /** A drill has shown that the Backup cannot be restored, or is not what was backed up. */
  DrillFailed: 'DrillFailed',
  /** A child's name belongs to an object that is not ours; it is never written over. */
  NameTaken: 'NameTaken',
  /** A call to the API server that the object needs was refused; it is tried again. */
  ActionFailed: 'ActionFailed',
  /** The object breaks a rule that the API server did not check. */
  InvalidSpec: 'InvalidSpec',
  /** Volumes are on their way to the size in the spec. */
  Growing: 'Growing',
  /** The volumes have grown; the nodes have yet to grow the file systems. */
  FileSystemResizePending: 'FileSystemResizePending',
  /** The API server does not let a claim grow: its StorageClass does not allow it, or a quota. */
  GrowthRefused: 'GrowthRefused',
  /** Every volume has the size in the spec. */
  Grown: 'Grown',
  /** A deleted Database is taken down. */
  Deleting: 'Deleting',
  /** A deleted Database waits for its final Backup. */
  FinalBackupInProgress: 'FinalBackupInProgress',
  /** The final Backup failed, and the deleted Database stays until somebody decides. */
  FinalBackupFailed: 'FinalBackupFailed',
  /** The final Backup is there. */
  FinalBackupCompleted: 'FinalBackupCompleted',
  /** The namespace is being deleted, so that there can be no final Backup. */
  NamespaceTerminating: 'NamespaceTerminating',
  /** The Database was deleted, and created again under its name, after the run had started. */
  DatabaseReplaced: 'DatabaseReplaced',
  /** A finished or started run does not look at its spec again. */
  RunsOnce: 'RunsOnce',
  /** The servers of a Database agree and are well. What is amiss otherwise is in CHECK_REASONS. */
  AllChecksPassed: 'AllChecksPassed',
  /** The servers were started since the last consistency check, or there was none yet. */
  NotChecked: 'NotChecked',
  /** The consistency check could not be made; it is tried again. */
  CheckFailed: 'CheckFailed',
} as const;

/** Why a run failed, beyond what its runner reports itself (see RunFailureReason). */
export const LostReason = {
  /** The Job was deleted before its result was known. */
  JobLost: 'JobLost',
  /** The pod was deleted or its node went away before it could report. */
  PodLost: 'PodLost',
  /** The kernel killed the runner or one of its tools for want of memory. */
  OutOfMemory: 'OutOfMemory',
  /** The kubelet evicted the pod. */
  Evicted: 'Evicted',
  /** activeDeadlineSeconds passed. */
  DeadlineExceeded: 'DeadlineExceeded',
  /** The runner ended without a readable result. */
  ResultMissing: 'ResultMissing',
  /** The runner's container never started: its image, volume or Secret is missing. */
  PodNotStarted: 'PodNotStarted',
} as const;
export type LostReason = (typeof LostReason)[keyof typeof LostReason];

/** What a consistency check finds, the gravest first. What to do about each is in docs/databases.md. */
export const CHECK_REASONS = [
  'PrimaryUnreachable',
  'PrimaryNotWritable',
  'StandbyUnreachable',
  'StandbyNotInRecovery',
  'SystemIdentifierDiffers',
  'StandbyNotStreaming',
  'RowNotArrived',
  'StandbyLags',
  'ChecksumFailures',
  'CollationVersionMismatch',
  'WraparoundNear',
  'SpaceLow',
] as const;
export type CheckReason = (typeof CHECK_REASONS)[number];

/** Those of a Database whose servers agree, and whose primary takes writes: Backups and Restores may be the remedy, and do not wait for it. */
export const HEALTH_REASONS: readonly string[] = ['ChecksumFailures', 'CollationVersionMismatch', 'WraparoundNear', 'SpaceLow'] satisfies CheckReason[];

/** What keeps a database from a newer major, the gravest first. What to do about each is in docs/failure-modes.md. */
export const UPGRADE_REASONS = [
  'ClientTooOld',
  'OtherDatabases',
  'PreparedTransactions',
  'LogicalSlots',
  'Subscriptions',
  'Tablespaces',
  'ExtensionsMissing',
  'LocaleMissing',
  'ObjectsIncompatible',
  'SettingsNotCarried',
  'InsufficientSpace',
] as const;
export type UpgradeReason = (typeof UPGRADE_REASONS)[number];

/** Why a server of a Database does not run. The message has the words of its pod. */
export const ServerTrouble = {
  /** The image cannot be pulled: its name is wrong, it is not there, or the registry does not give it. */
  ImageNotPulled: 'ImageNotPulled',
  /** The claim of the data has no volume: its StorageClass is missing, or cannot make one. */
  VolumeNotBound: 'VolumeNotBound',
  /** A volume of the pod cannot be mounted. */
  VolumeNotMounted: 'VolumeNotMounted',
  /** A Secret that the pod mounts is not there. */
  SecretNotFound: 'SecretNotFound',
  /** No node has room for the pod, or none may take it. */
  Unschedulable: 'Unschedulable',
  /** A ResourceQuota of the namespace does not let the pod or its claim be made. */
  QuotaExceeded: 'QuotaExceeded',
  /** The API server does not let the pod or its claim be made for another reason, such as an admission webhook. */
  PodRefused: 'PodRefused',
  /** The kernel killed the server for want of memory. */
  OutOfMemory: 'OutOfMemory',
  /** The server ended by itself, and is started again and again. */
  ServerCrashed: 'ServerCrashed',
  /** The container of the server cannot be made. */
  ContainerNotStarted: 'ContainerNotStarted',
} as const;
export type ServerTrouble = (typeof ServerTrouble)[keyof typeof ServerTrouble];
