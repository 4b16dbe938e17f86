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
  /** An attempt failed for a reason that may pass; the next one starts in a while. */
  WaitingForRetry: 'WaitingForRetry',
  /** Everything in the backup can be restored by a database's owner. */
  OwnerSuffices: 'OwnerSuffices',
  /** Some of what is in the backup can be restored by a superuser only. */
  SuperuserNeeded: 'SuperuserNeeded',
  /** A child's name belongs to an object that is not ours; it is never written over. */
  NameTaken: 'NameTaken',
  /** A call to the API server that the object needs was refused; it is tried again. */
  ActionFailed: 'ActionFailed',
  /** The object breaks a rule that the API server did not check. */
  InvalidSpec: 'InvalidSpec',
  /** A finished or started run does not look at its spec again. */
  RunsOnce: 'RunsOnce',
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
