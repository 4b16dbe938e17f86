// The drills of a Backup that is Completed: when there is one, and what follows from it. The phase and the results of the Backup stay. Pure.
import { ConditionType, findCondition, Reason, timeOf, type Backup, type ConditionUpdate, type VerificationStatus } from '@postgres-operator/api';
import type { Config } from '../../config.ts';
import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import { mayPass, pauseAfter } from '../../run/attempts.ts';
import { checkCredentials } from '../../run/checks.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import { IN_DOUBT, RECHECK_MS, type RunPlan } from '../../run/kind.ts';
import { verdict } from '../../run/verdict.ts';
import type { BackupWorld } from '../world.ts';
import { storedFolder } from '../storage.ts';
import { desiredDrillJob, drillAttemptOf } from './desired-job.ts';
import { desiredNetworkPolicy } from './network.ts';
import { lackOfRoom } from './room.ts';
import { serverTrouble } from './trouble.ts';
import { disproved, outcomeOf, refused, tell, type Conclusion } from './words.ts';

/** So often it is tried, when a failure says nothing about the backup. */
export const DRILL_ATTEMPTS = 3;

const NOTHING: RunPlan = { effects: [] };

/** True for a Backup that is to be drilled: once if its spec asks for it, and once for each request. */
function isDrillWanted({ object: { spec, status }, drill: { requests } }: BackupWorld): boolean {
  if (status?.phase !== 'Completed') return false;
  const { time, request, scheduledTime } = status.verification ?? {};
  const isAsked = (requests.request ?? request) !== request || (requests.scheduledTime ?? scheduledTime) !== scheduledTime;
  return isAsked || (spec.verification?.restore === true && time === undefined);
}

/** Decides at a moment about a Backup that is Completed. */
export function decideDrill(world: BackupWorld, config: Config, now: number): RunPlan {
  const { object, drill: { followUp } } = world;
  if (!isDrillWanted(world)) return NOTHING;
  if (followUp !== undefined) return follow(world, followUp, now);
  const left = Date.parse(object.status?.verification?.nextAttemptTime ?? '') - now;
  return left > 0 ? { effects: [], requeueAfterMs: left } : begin(world, config, now);
}

function begin(world: BackupWorld, config: Config, now: number): RunPlan {
  const { object, database, certain, drill: { requests } } = world;
  const folder = storedFolder(object);
  if (folder === undefined) return conclude(world, refused(Reason.BackupLocationMissing, 'Its status has no location that this version can read'), now);
  const lack = lackOfRoom(object);
  if (lack !== undefined) return conclude(world, refused(Reason.DrillVolumeTooSmall, lack), now);
  if (!certain) return IN_DOUBT;
  const missing = checkCredentials(world);
  if (missing !== undefined) return { ...underWay(object, { reason: missing.reason, message: missing.message }, now), requeueAfterMs: missing.lookAgainMs ?? RECHECK_MS };
  const effects: Effect[] = [
    { do: 'createIfAbsent', resource: 'networkPolicies', object: desiredNetworkPolicy(object, folder) },
    { do: 'createJob', object: desiredDrillJob(object, { folder, database, requests, config }) },
  ];
  const message = `A drill restores it (attempt ${drillAttemptOf(object)})`;
  return { ...underWay(object, { reason: Reason.DrillInProgress, message }, now), effects, requeueAfterMs: RECHECK_MS };
}

function follow(world: BackupWorld, { job, pods }: FollowUp, now: number): RunPlan {
  const { object } = world;
  const seen = verdict(job, pods, now);
  const trouble = serverTrouble(pods);
  const withTrouble = (message: string): string => (trouble === undefined ? message : `${message}; ${trouble}`);
  if (seen.state === 'running') return { ...underWay(object, { reason: Reason.DrillInProgress, message: withTrouble(seen.message) }, now), requeueAfterMs: RECHECK_MS };
  if (seen.state === 'succeeded') return conclude(world, seen.result.command === 'drill' ? outcomeOf(seen.result) : refused('InternalError', `The runner reported a ${seen.result.command}`), now);
  if (seen.state === 'failed' && mayPass(seen) && drillAttemptOf(object) < DRILL_ATTEMPTS) return again(object, seen, now);
  const plan = conclude(world, disproved(object, { reason: seen.reason, message: withTrouble(seen.message) }), now);
  // A pod that does not start is not waited for.
  return seen.state === 'stuck' ? { ...plan, effects: deletionOf('jobs', job) } : plan;
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
function conclude({ object, drill: { requests } }: BackupWorld, { found, proof, suspicion = clearedBy(proof, object), notice }: Conclusion, now: number): RunPlan {
  const { request, scheduledTime } = { ...object.status?.verification, ...requests };
  const verification = { time: timeOf(now), ...(request !== undefined && { request }), ...(scheduledTime !== undefined && { scheduledTime }), ...found };
  return { effects: [], status: tell(object, { verification, updates: [proof, ...(suspicion ? [suspicion] : [])] }, now), ...(notice && { notice }) };
}

/** What an earlier drill said against the Backup is over when a later one has proven it. */
function clearedBy({ status: is }: ConditionUpdate, { status }: Backup): ConditionUpdate | undefined {
  const doubt = findCondition(status?.conditions, ConditionType.Suspicious);
  if (is !== 'True' || doubt?.status !== 'True' || doubt.reason !== Reason.DrillFailed) return undefined;
  return { type: ConditionType.Suspicious, status: 'False', reason: Reason.Proven, message: 'A later drill has restored it' };
}
