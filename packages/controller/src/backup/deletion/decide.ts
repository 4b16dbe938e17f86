// The end of a Backup whose data goes with it. It always comes: what cannot be deleted is told of, and left behind. Pure.
import { BACKUP_FINALIZER, ConditionType, findCondition, formatLocation, Reason, setCondition, timeOf, type Backup, type BackupStatus } from '@postgres-operator/api';
import type { Config } from '../../config.ts';
import { deletionOf, type Plan } from '../../reconcile/plan.ts';
import { takesItsData } from '../../retention/marks.ts';
import { pauseAfter } from '../../run/attempts.ts';
import { RECHECK_MS } from '../../run/kind.ts';
import { isSure, verdict, type Failed } from '../../run/verdict.ts';
import { deletionAttemptOf, desiredDeletionJob } from './desired-job.ts';
import type { DeletionWorld } from './world.ts';

/** A plan, or the wish to look closer. */
export interface DeletionPlan extends Plan<BackupStatus> {
  readonly inDoubt?: true;
}

/** So often it is tried. With their pauses, a storage may be away for some minutes. */
export const ATTEMPTS = 5;

const IN_DOUBT: DeletionPlan = { effects: [], inDoubt: true };

/** True for a Backup that is being deleted and waits for this. */
export const isHeld = ({ metadata }: Backup): boolean => metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(BACKUP_FINALIZER);

/** Decides about such a Backup at a moment (milliseconds since the epoch). */
export function decideDeletion(world: DeletionWorld, config: Config, now: number): DeletionPlan {
  const { object, atWork, readers } = world;
  if (!takesItsData(object) || isDecided(object)) return release(object);
  const busy = [...atWork, ...readers.map((name) => `Restore ${name}`)];
  if (busy.length > 0) return { ...tell(object, { reason: Reason.DeletingData, message: `Waits for the end of ${busy.join(', ')}` }, now), effects: world.running.flatMap((job) => deletionOf('jobs', job, 'Foreground')), requeueAfterMs: RECHECK_MS };
  if (world.job !== undefined) return follow(world, world.job, now);
  const left = Date.parse(object.status?.deletion?.nextAttemptTime ?? '') - now;
  if (left > 0) return { effects: [], requeueAfterMs: left };
  if (!world.certain) return IN_DOUBT;
  return begin(world, config, now);
}

/** The status says how it ended: only the object itself is left. */
function isDecided({ status }: Backup): boolean {
  const condition = findCondition(status?.conditions, ConditionType.DataDeleted);
  return condition?.status === 'True' || condition?.reason === Reason.DataLeftBehind;
}

const release = ({ apiVersion, kind, metadata: { name, namespace, uid } }: Backup): DeletionPlan => ({ effects: [{ do: 'markBackup', object: { apiVersion, kind, metadata: { name, namespace, uid, finalizers: [], annotations: {} } } }] });

function begin({ object, folder, claimMissing }: DeletionWorld, config: Config, now: number): DeletionPlan {
  if (!hasRun(object)) return deleted(object, 'It never ran, and stored nothing', now);
  if (claimMissing) return deleted(object, `Claim ${folder.name} is gone, and the data with it`, now);
  return { effects: [{ do: 'createJob', object: desiredDeletionJob(object, folder, config) }], ...tell(object, { reason: Reason.DeletingData, message: `The data in ${formatLocation(folder)} is being deleted` }, now), requeueAfterMs: RECHECK_MS };
}

/** False when no Job was ever seen: then none is there, as the API server was asked. */
const hasRun = ({ status }: Backup): boolean => status?.jobUID !== undefined || status?.attempt !== undefined || status?.backupLocation !== undefined || status?.startedAt !== undefined;

function follow({ object, pods, certain, folder }: DeletionWorld, job: NonNullable<DeletionWorld['job']>, now: number): DeletionPlan {
  const seen = verdict(job, pods, now);
  if (seen.state === 'running' || seen.state === 'stuck') return { effects: [], requeueAfterMs: RECHECK_MS };
  if (seen.state === 'succeeded' && seen.result.command === 'discard') return deleted(object, `The data in ${formatLocation(folder)} was deleted`, now);
  const failure: Failed = seen.state === 'failed' ? seen : { state: 'failed', reason: 'InternalError', message: `The runner reported a ${seen.result.command}: it may be of an older version`, told: true, retryable: false };
  if (!isSure(failure, certain)) return IN_DOUBT;
  const attempt = deletionAttemptOf(object);
  const why = `${failure.reason}: ${failure.message}`;
  if (failure.retryable === false || attempt >= ATTEMPTS) return leftBehind(object, formatLocation(folder), { why, now });
  const at = now + pauseAfter(attempt);
  const plan = tell(object, { reason: Reason.DeletionFailed, message: `Attempt ${attempt} of ${ATTEMPTS} failed (${why}); the next one starts at ${timeOf(at)}` }, now);
  return { ...plan, effects: [], status: { ...plan.status, deletion: { attempt: attempt + 1, nextAttemptTime: timeOf(at) } }, requeueAfterMs: pauseAfter(attempt) };
}

const deleted = (object: Backup, message: string, now: number): DeletionPlan => ({ effects: [], ...tell(object, { status: 'True', reason: Reason.DataDeleted, message }, now) });

/** Nothing more is tried: the object goes, and an Event names what stays. */
export function leftBehind(object: Backup, place: string, { why, now }: { why: string; now: number }): DeletionPlan & { readonly status: BackupStatus } {
  const message = `The data in ${place} could not be deleted and stays there (${why}). Remove it by hand`;
  return { effects: [], ...tell(object, { reason: Reason.DataLeftBehind, message }, now), notice: { what: 'left its data behind', reason: Reason.DataLeftBehind, message } };
}

function tell({ metadata, status }: Backup, { status: state = 'False', reason, message }: { status?: 'True' | 'False'; reason: string; message: string }, now: number): { status: BackupStatus } {
  const update = { type: ConditionType.DataDeleted, status: state, reason, message } as const;
  return { status: { ...status, conditions: setCondition(status?.conditions ?? [], update, { generation: metadata.generation ?? 0, now: timeOf(now) }) } };
}
