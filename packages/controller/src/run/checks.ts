// What a run needs before it can start, in the order in which a person would mend it. Pure.
import { ConditionType, findCondition, isTrue, Reason, STORAGE_CREDENTIALS, type Backup, type Database, type ObjectMeta, type Restore } from '@postgres-operator/api';
import type { RunObject } from './desired-job.ts';
import { parseLocation } from './location.ts';

/** Why a run waits. */
export interface Unmet {
  readonly reason: string;
  readonly message: string;
  /** Nothing tells when it is there: look again after this time. */
  readonly lookAgainMs?: number;
  /** It will never be there: the run is Failed. */
  readonly hopeless?: true;
}

/** The Secret with the keys of the bucket that a run works on. */
export interface RunCredentials {
  readonly secret: string;
  /** The API server has no such Secret. It is asked right before a start only. */
  readonly missing: boolean;
}

/** What a run needs of a Secret before the API server was asked. */
export const credentialsIn = (secret: string | undefined): RunCredentials | undefined => (secret === undefined ? undefined : { secret, missing: false });

/** How often a missing Secret is asked for: the operator may not watch Secrets. */
const SECRET_MS = 10_000;

/** The first thing that is missing for work on a Database, if any. */
export function checkDatabase(name: string, database: Database | undefined): Unmet | undefined {
  if (database === undefined || database.metadata.deletionTimestamp !== undefined) {
    return { reason: Reason.DatabaseNotFound, message: `Database ${name} does not exist in this namespace; the run starts when it is created and Ready` };
  }
  if (database.status?.phase === 'Ready') return undefined;
  return { reason: Reason.DatabaseNotReady, message: `Database ${name} is in phase ${database.status?.phase ?? 'Pending'}; the run starts when it is Ready` };
}

/** The first thing that is missing of the Backup to restore, if any. */
export function checkBackup(name: string, backup: Backup | undefined): Unmet | undefined {
  if (backup === undefined) return { reason: Reason.BackupNotFound, message: `Backup ${name} does not exist in this namespace; the run starts when it is created and Completed` };
  if (backup.status?.phase !== 'Completed') {
    const phase = backup.status?.phase ?? 'Pending';
    const hope = phase === 'Failed' ? 'it will never be Completed: name another Backup' : 'the run starts when it is Completed';
    return { reason: Reason.BackupNotCompleted, message: `Backup ${name} is in phase ${phase}; ${hope}` };
  }
  if (parseLocation(backup.status.backupLocation ?? '') === undefined || backup.status.manifestSha256 === undefined) {
    return { reason: Reason.BackupLocationMissing, message: `Backup ${name} is Completed but its status has no location that this version can read` };
  }
  return undefined;
}

/** Whether a Backup holds a part of a database only: put in the place of a whole one, it would lose the rest. */
export function checkWhole(backup: Backup | undefined): Unmet | undefined {
  if (backup?.status?.phase !== 'Completed' || backup.spec.selection === undefined || !ranAsSpecified(backup)) return undefined;
  const message = `Backup ${backup.metadata.name} holds a selection of its database only, and a Restore replaces the whole. Name a Backup without spec.selection, or load this one by hand (docs/backup-format.md)`;
  return { reason: Reason.BackupPartial, message, hopeless: true };
}

/** False when the spec was edited since the run started; the runner then judges by the manifest alone. */
const ranAsSpecified = ({ metadata, status }: Backup): boolean => metadata.generation === status?.observedGeneration && !isTrue(status?.conditions, ConditionType.SpecChangeIgnored);

/** The first thing that is missing for a Restore, if any. */
export const checkRestore = ({ spec }: Restore, database: Database | undefined, backup: Backup | undefined): Unmet | undefined =>
  checkWhole(backup) ?? checkDatabase(spec.databaseRef.name, database) ?? checkBackup(spec.backupRef.name, backup);

const [KEY_ID, KEY, ...MORE_KEYS] = STORAGE_CREDENTIALS.files;

/** Whether the keys of the bucket are missing. */
export function checkCredentials({ object, credentials }: { readonly object: { readonly metadata: Pick<ObjectMeta, 'namespace'> }; readonly credentials?: RunCredentials | undefined }): Unmet | undefined {
  if (credentials?.missing !== true) return undefined;
  const keys = `${KEY_ID} and ${KEY}, and where needed ${MORE_KEYS.join(', ')} (PEM)`;
  const message = `Secret ${credentials.secret} does not exist in namespace ${object.metadata.namespace}; the run starts when it is created with the keys of the bucket: ${keys}`;
  return { reason: Reason.CredentialsNotFound, message, lookAgainMs: SECRET_MS };
}

/** True for a run that found no Secret when it was its turn: until it looks again, others need not wait for it. */
export const lacksCredentials = ({ status }: RunObject): boolean => findCondition(status?.conditions, ConditionType.Reconciling)?.reason === Reason.CredentialsNotFound;
