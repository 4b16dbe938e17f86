// How a new Database comes by the content that spec.backupRef asks for: a Restore of its own, made once. Pure.
import { ConditionType, findCondition, isScheduled, Reason, type Backup, type ConditionUpdate, type Database, type DatabaseStatus, type Restore } from '@postgres-operator/api';
import type { Effect } from '../../reconcile/plan.ts';
import { clonedFromOf } from './cloned-from.ts';
import { desiredClone } from './desired-clone.ts';
import type { CloneWorld } from './world.ts';

/** Why a Database is not Ready yet. */
export interface CloneWait {
  readonly reason: string;
  readonly message: string;
  /** It will not go on by itself. */
  readonly halted?: true;
}

/** What there is to do for the content of a new Database, and what to say of it. */
export interface Clone {
  /** Undefined when the Database may be Ready. */
  readonly wait?: CloneWait;
  /** For when the servers run. */
  readonly effects: readonly Effect[];
  readonly conditions: readonly ConditionUpdate[];
  /** Of the status. */
  readonly fields?: Pick<DatabaseStatus, 'clonedFrom'>;
}

const NOTHING: Clone = { effects: [], conditions: [] };

/** Decides about the content of a Database. Without a world there is nothing to decide any more. */
export function decideClone(database: Database, world: CloneWorld | undefined): Clone {
  const { clonedFrom } = database.status ?? {};
  const name = database.spec.backupRef?.name;
  if (world === undefined || name === undefined) return clonedFrom === undefined ? NOTHING : { ...NOTHING, fields: { clonedFrom } };
  if (world.restore !== undefined) return follow(world.restore, { name, backup: world.backup });
  const wait = unmet(name, world);
  if (wait !== undefined) return waiting(wait);
  const { creationTimestamp = '' } = database.metadata;
  const ofBefore = world.volumeSince === undefined || Date.parse(world.volumeSince) < Date.parse(creationTimestamp);
  const { resourceVersion } = database.metadata;
  return {
    ...waiting({ reason: Reason.Cloning, message: `Backup ${name} is restored into this Database as soon as its servers run` }),
    effects: [{ do: 'createRestore', object: desiredClone(database, { backup: name, ofBefore }), seen: { name: database.metadata.name, resourceVersion } }],
  };
}

const waiting = (wait: CloneWait): Clone => ({ wait, effects: [], conditions: [{ type: ConditionType.Cloned, status: 'False', reason: wait.reason, message: wait.message }] });

/** What is missing before the Restore can be made. */
function unmet(name: string, { backup, cycle }: CloneWorld): CloneWait | undefined {
  if (cycle !== undefined) {
    const message = `${cycle.join(' waits for ')}: none of them can begin. Delete this Database and create it again with another backupRef, or without`;
    return { reason: Reason.CloneCycle, message, halted: true };
  }
  if (backup === undefined) return { reason: Reason.BackupNotFound, message: `Backup ${name} does not exist in this namespace; the Database goes on when it is created and Completed` };
  if (isScheduled(backup.spec)) return { reason: Reason.BackupNotCompleted, message: `Backup ${name} is a schedule, and has no good backup yet; the Database goes on when it has one` };
  const { phase = 'Pending' } = backup.status ?? {};
  if (phase === 'Completed') return undefined;
  if (phase !== 'Failed') return { reason: Reason.BackupNotCompleted, message: `Backup ${name} is in phase ${phase}; the Database goes on when it is Completed` };
  const message = `Backup ${name} is Failed and will never be Completed: delete it and create one of that name that succeeds, or create this Database again with another backupRef`;
  return { reason: Reason.BackupNotCompleted, message, halted: true };
}

function follow(restore: Restore, { name, backup }: { readonly name: string; readonly backup: Backup | undefined }): Clone {
  const { metadata, status = {} } = restore;
  if (metadata.deletionTimestamp !== undefined) return waiting({ reason: Reason.Cloning, message: `Restore ${metadata.name} is being deleted; a new one is made after it` });
  if (status.phase === 'Completed') return completed(restore, backup);
  if (status.phase === 'Failed') return failed(restore, name);
  const { message = 'it has not begun' } = findCondition(status.conditions, ConditionType.RestoreReady) ?? {};
  return waiting({ reason: Reason.Cloning, message: `Restore ${metadata.name} brings the content of Backup ${name}: ${message}` });
}

function completed(restore: Restore, backup: Backup | undefined): Clone {
  const { tables, rows } = restore.status ?? {};
  const clonedFrom = clonedFromOf(restore, backup);
  const counted = rows === undefined || tables === undefined ? '' : `: ${rows} rows of ${tables} tables`;
  const message = `Restore ${restore.metadata.name} brought the content of Backup ${clonedFrom.name}${counted}`;
  return { effects: [], fields: { clonedFrom }, conditions: [{ type: ConditionType.Cloned, status: 'True', reason: Reason.CloneCompleted, message }] };
}

/** The runner's word for a database that holds something: see RunFailureReason. */
const NOT_EMPTY = 'TargetNotEmpty';

function failed({ metadata, status }: Restore, name: string): Clone {
  const { reason = Reason.RestoreFailed, message = '' } = findCondition(status?.conditions, ConditionType.Stalled) ?? {};
  if (reason === NOT_EMPTY) {
    const kept = `The volume held content from before this Database was created. It was kept, and Backup ${name} was not restored: create a Restore to put it in its place, or delete Database and volume and create them again`;
    return { effects: [], conditions: [{ type: ConditionType.Cloned, status: 'False', reason: Reason.ContentKept, message: kept }] };
  }
  const told = `Restore ${metadata.name} of Backup ${name} failed (${reason}: ${message}). Mend the cause, then delete that Restore: a new one is made`;
  return waiting({ reason: Reason.CloneFailed, message: told, halted: true });
}
