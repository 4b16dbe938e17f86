// The Backup that is taken before a deleted Database goes, where spec.finalBackup asks for it. Pure.
import {
  ANNOTATION_SKIP_FINAL_BACKUP,
  API_VERSION,
  ConditionType,
  DATABASE_FINALIZER,
  FINAL_BACKUP,
  findCondition,
  LABEL_PURPOSE,
  MAX_NAME_LENGTH,
  Reason,
  shortUid,
  type Backup,
  type ConditionUpdate,
  type Database,
} from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { childLabels } from '../children/metadata.ts';
import type { DatabaseWorld } from '../world.ts';
import { dataClaims } from '../storage/growth.ts';

/** The name of that Backup: of this very Database, not of the next one of its name. */
export function finalBackupName({ metadata: { name, uid } }: Database): string {
  const suffix = `-final-${shortUid(uid)}`;
  return `${name.slice(0, MAX_NAME_LENGTH - suffix.length)}${suffix}`;
}

/** The Backup. It has no owner: it outlives its Database. */
export const desiredFinalBackup = (database: Database): Writable => {
  const { name, namespace } = database.metadata;
  const labels = { ...childLabels(name), [LABEL_PURPOSE]: FINAL_BACKUP };
  return { apiVersion: API_VERSION, kind: 'Backup', metadata: { name: finalBackupName(database), namespace, labels }, spec: { databaseRef: { name } } } as Writable;
};

/** Whether a Backup has to be Completed before anything is taken down. */
export function isFinalBackupWanted(world: DatabaseWorld): boolean {
  const { metadata, spec, status } = world.database;
  if (metadata.deletionTimestamp === undefined || !metadata.finalizers?.includes(DATABASE_FINALIZER)) return false;
  if (!spec.finalBackup || metadata.annotations?.[ANNOTATION_SKIP_FINAL_BACKUP] === 'true') return false;
  // Once it was settled, servers may be gone, and the Backup itself may be removed by whoever does not need it.
  if (isSettled(findCondition(status?.conditions, ConditionType.FinalBackup))) return false;
  return world.statefulSet !== undefined || dataClaims(world).length > 0;
}

const isSettled = (condition: Pick<ConditionUpdate, 'status' | 'reason'> | undefined): boolean => condition?.status === 'True' || condition?.reason === Reason.NamespaceTerminating;

/** Where the final Backup is, as a condition; undefined where none is wanted. It is settled before anything is taken down. */
export function finalBackup(world: DatabaseWorld): { readonly condition: ConditionUpdate; readonly settled: boolean; readonly missing: boolean } | undefined {
  if (!isFinalBackupWanted(world)) return undefined;
  const condition = { type: ConditionType.FinalBackup, ...stateOf(world) };
  return { condition, settled: isSettled(condition), missing: world.finalBackup === undefined && !isSettled(condition) };
}

function stateOf({ database, finalBackup: backup, terminating }: DatabaseWorld): Omit<ConditionUpdate, 'type'> {
  const name = finalBackupName(database);
  if (backup?.status?.phase === 'Completed') return { status: 'True', reason: Reason.FinalBackupCompleted, message: `Backup ${name} holds what the Database held: ${backup.status.backupLocation ?? ''}` };
  if (terminating) return { status: 'False', reason: Reason.NamespaceTerminating, message: 'The namespace is being deleted, and nothing can be created in it: the Database goes without a final Backup' };
  const said = wordsOf(backup);
  if (backup?.status?.phase === 'Failed') {
    const skip = `kubectl annotate database ${database.metadata.name} --namespace ${database.metadata.namespace} ${ANNOTATION_SKIP_FINAL_BACKUP}=true`;
    return { status: 'False', reason: Reason.FinalBackupFailed, message: `Backup ${name} failed${said}. Nothing is taken down. Mend the cause and delete that Backup, and it is tried again; or let the Database go without one: ${skip}` };
  }
  return { status: 'False', reason: Reason.FinalBackupInProgress, message: `Nothing is taken down before Backup ${name} is Completed${said}` };
}

function wordsOf(backup: Backup | undefined): string {
  const { message = '' } = findCondition(backup?.status?.conditions, ConditionType.BackupReady) ?? {};
  return message === '' ? '' : `: ${message}`;
}
