// The drills of a Backup that is Completed: when there is one, and what follows from it. The phase and the results of the Backup stay. Pure.
import { ConditionType, findCondition, Reason, timeOf, type Backup, type ConditionUpdate, type VerificationStatus } from '@postgres-operator/api';
import type { Config } from '../../config.ts';
import { deletionOf } from '../../reconcile/plan.ts';
import { mayPass, pauseAfter } from '../../run/attempts.ts';
import { checkCredentials } from '../../run/checks.ts';
import { IN_DOUBT, RECHECK_MS, type RunPlan } from '../../run/kind.ts';
import { verdict, type Failed, type Stuck, type Verdict } from '../../run/verdict.ts';
import type { BackupWorld } from '../kind.ts';
import { storedFolder } from '../storage.ts';
import { desiredDrillJob, drillAttemptOf, drillRequestOf } from './desired-job.ts';
import { lackOfRoom } from './room.ts';
import { serverTrouble } from './trouble.ts';
import { disproved, proven, refused, tell, type Conclusion } from './words.ts';

/** So often it is tried, when a failure says nothing about the backup. */
export const DRILL_ATTEMPTS = 3;

const NOTHING: RunPlan = { effects: [] };

/** True for a Backup that is to be drilled: once if its spec asks for it, and once for each request. */
export function isDrillWanted(backup: Backup): boolean {
  const { spec, status } = backup;
  if (status?.phase !== 'Completed') return false;
  const request = drillRequestOf(backup);
  if (request !== undefined) return status.verification?.request !== request;
  return spec.verification?.restore === true && status.verification?.time === undefined;
}

/** Decides at a moment about a Backup that is Completed. */
export function decideDrill(world: BackupWorld, config: Config, now: number): RunPlan {
  const { object, drill } = world;
  if (!isDrillWanted(object)) return NOTHING;
  if (drill !== undefined) return follow(world, verdict(drill.job, drill.pods, now), now);
  const left = Date.parse(object.status?.verification?.nextAttemptTime ?? '') - now;
  return left > 0 ? { effects: [], requeueAfterMs: left } : begin(world, config, now);
}

function begin(world: BackupWorld, config: Config, now: number): RunPlan {
  const { object, database, certain } = world;
  const folder = storedFolder(object);
  if (folder === undefined) return conclude(object, refused(Reason.BackupLocationMissing, 'Its status has no location that this version can read'), now);
  const lack = lackOfRoom(object);
  if (lack !== undefined) return conclude(object, refused(Reason.DrillVolumeTooSmall, lack), now);
  if (!certain) return IN_DOUBT;
  const missing = checkCredentials(world);
  if (missing !== undefined) return { ...underWay(object, { reason: missing.reason, message: missing.message }, now), requeueAfterMs: missing.lookAgainMs ?? RECHECK_MS };
  const message = `A drill restores it (attempt ${drillAttemptOf(object)})`;
  return { ...underWay(object, { reason: Reason.DrillInProgress, message }, now), effects: [{ do: 'createJob', object: desiredDrillJob(object, { folder, database, config }) }], requeueAfterMs: RECHECK_MS };
}

function follow(world: BackupWorld, seen: Verdict, now: number): RunPlan {
  const { object, drill } = world;
  const trouble = serverTrouble(drill?.pods ?? []);
  const withTrouble = (message: string): string => (trouble === undefined ? message : `${message}; ${trouble}`);
  if (seen.state === 'running') return { ...underWay(object, { reason: Reason.DrillInProgress, message: withTrouble(seen.message) }, now), requeueAfterMs: RECHECK_MS };
  if (seen.state !== 'succeeded') return failed(world, { ...seen, message: withTrouble(seen.message) }, now);
  return conclude(object, seen.result.command === 'drill' ? proven(seen.result) : refused('InternalError', `The runner reported a ${seen.result.command}`), now);
}

function failed({ object, drill }: BackupWorld, failure: Failed | Stuck, now: number): RunPlan {
  if (failure.state === 'failed' && mayPass(failure) && drillAttemptOf(object) < DRILL_ATTEMPTS) return again(object, failure, now);
  const plan = conclude(object, disproved(object, failure), now);
  // A pod that does not start is not waited for.
  return failure.state === 'stuck' && drill !== undefined ? { ...plan, effects: deletionOf('jobs', drill.job) } : plan;
}

function again(object: Backup, { reason, message }: { reason: string; message: string }, now: number): RunPlan {
  const attempt = drillAttemptOf(object);
  const pause = pauseAfter(attempt);
  const told = `Attempt ${attempt} of ${DRILL_ATTEMPTS} failed (${reason}: ${message}); the next one starts at ${timeOf(now + pause).slice(11)}`;
  return { ...underWay(object, { reason: Reason.WaitingForRetry, message: told }, now, { attempt: attempt + 1, nextAttemptTime: timeOf(now + pause) }), requeueAfterMs: pause };
}

/** What an earlier drill found stays until this one has an answer. */
function underWay(object: Backup, why: { reason: string; message: string }, now: number, next: Pick<VerificationStatus, 'attempt' | 'nextAttemptTime'> = { attempt: drillAttemptOf(object) }): RunPlan {
  const before = object.status?.verification ?? {};
  const verification = { ...before, ...next };
  if (next.nextAttemptTime === undefined) delete verification.nextAttemptTime;
  const known = findCondition(object.status?.conditions, ConditionType.RestoreProven);
  const updates = known !== undefined && known.status !== 'Unknown' ? [] : [{ type: ConditionType.RestoreProven, status: 'Unknown', ...why } as const];
  return { effects: [], status: tell(object, { verification, updates }, now) };
}

/** The answer of a drill, good or not. */
function conclude(object: Backup, { found, proof, suspicion = clearedBy(proof, object), notice }: Conclusion, now: number): RunPlan {
  const request = drillRequestOf(object);
  const verification = { time: timeOf(now), ...(request !== undefined && { request }), ...found };
  return { effects: [], status: tell(object, { verification, updates: [proof, ...(suspicion ? [suspicion] : [])] }, now), ...(notice && { notice }) };
}

/** What an earlier drill said against the Backup is over when a later one has proven it. */
function clearedBy({ status: is }: ConditionUpdate, { status }: Backup): ConditionUpdate | undefined {
  const doubt = findCondition(status?.conditions, ConditionType.Suspicious);
  if (is !== 'True' || doubt?.status !== 'True' || doubt.reason !== Reason.DrillFailed) return undefined;
  return { type: ConditionType.Suspicious, status: 'False', reason: Reason.Proven, message: 'A later drill has restored it' };
}
