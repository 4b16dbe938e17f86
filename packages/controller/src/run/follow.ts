// A run that has a Job: how it stands, and what comes of its end. Pure.
import { ConditionType, findCondition, isTrue, LostReason, Reason, timeOf } from '@postgres-operator/api';
import { deletionOf } from '../reconcile/plan.ts';
import { giveUp } from './aftermath.ts';
import { mayGoOn, pauseAfter } from './attempts.ts';
import type { Unmet } from './checks.ts';
import { attemptOf, type RunObject } from './desired-job.ts';
import { IN_DOUBT, RECHECK_MS, type RunKind, type RunPlan } from './kind.ts';
import type { RunWorld } from './observe.ts';
import { isAtWork, nextProgress, PROGRESS_MS } from './progress.ts';
import { statusWriter, type RunStatus, type StatusWriter } from './status.ts';
import { isTerminal } from './turn.ts';
import { isSure, LINGERING_MS, verdict, verdictWithoutJob, type Failed, type Succeeded, type Verdict } from './verdict.ts';

/** Follows the Job of the present attempt. */
export function follow<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, now: number): RunPlan {
  const { object, job, pods, certain, progress } = world;
  const status = statusWriter(kind, object, now, world);
  const seen = stand(world, now);
  if (seen.state === 'failed') return failed(kind, world, seen, now);
  if (seen.state === 'stuck' && !certain) return IN_DOUBT;
  // Foreground: the Job stays until its pod is gone, so a pod that reports after all is still heard.
  if (seen.state === 'stuck') return { effects: job === undefined ? [] : deletionOf('jobs', job, 'Foreground'), status: status.stuck(seen), requeueAfterMs: RECHECK_MS };
  if (seen.state === 'running') {
    return { effects: [], status: status.inProgress(seen.message, nextProgress(object.status?.progress, progress, now)), requeueAfterMs: pods.some(isAtWork) ? PROGRESS_MS : RECHECK_MS };
  }
  return { effects: [], status: succeeded(kind, world, { status, result: seen.result }) };
}

/** How the attempt stands. One whose Job is being deleted is stuck only if it was said to be: otherwise its pod may have started, and is gone. */
function stand<T extends RunObject>({ object, job, pods }: RunWorld<T>, now: number): Verdict {
  if (job === undefined) return verdictWithoutJob(object.status?.jobName ?? '', pods);
  const seen = verdict(job, pods, now);
  const mayHaveStarted = job.metadata.deletionTimestamp !== undefined && !isTrue(object.status?.conditions, ConditionType.Stalled);
  return seen.state === 'stuck' && mayHaveStarted ? { state: 'running', message: `Job ${job.metadata.name} is being deleted` } : seen;
}

/** An attempt failed: the run is tried again, or Failed. Of another attempt, as of a loss, only the API server can be sure. */
function failed<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, failure: Failed, now: number): RunPlan {
  const { object, job, certain } = world;
  const status = statusWriter(kind, object, now, world);
  const attempt = attemptOf(object);
  const attempts = mayGoOn(object, job) ? kind.attempts(object, failure) : attempt;
  if (!isSure(failure, certain) || (!certain && attempt < attempts)) return IN_DOUBT;
  const { reason, message } = whyFailed(object, failure);
  if (attempt >= attempts) return giveUp(kind, world, { reason, message: attempt === 1 ? message : `${message} (after ${attempt} attempts)` }, { now, wordless: failure.retryable === undefined });
  const pause = pauseAfter(attempt);
  const told = `Attempt ${attempt} of ${attempts} failed (${reason}: ${message}); the next one starts at ${timeOf(now + pause).slice(11)}`;
  const notice = { what: 'attempt failed', reason: Reason.WaitingForRetry, message: told };
  return { effects: [], status: status.retrying({ attempt: attempt + 1, at: now + pause }, told), notice, requeueAfterMs: pause };
}

function succeeded<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, { status, result }: { status: StatusWriter; result: Succeeded }): RunStatus {
  const completed = kind.completed(world, result, status.now);
  if (completed === undefined) return status.failed({ reason: LostReason.ResultMissing, message: `The runner reported a ${result.command}` });
  return status.completed(completed.fields, completed.message, completed.conditions);
}

/** A Job that is gone may have been deleted by us, when its pod did not start: then that is the reason. */
function whyFailed({ status }: RunObject, seen: Unmet): Unmet {
  const stuck = findCondition(status?.conditions, ConditionType.Stalled);
  return seen.reason === LostReason.JobLost && stuck?.status === 'True' ? stuck : seen;
}

/** Adds the end of Jobs whose work is done, but which another container, such as a sidecar of a mesh, would keep for ever. */
export function endLingering<T extends RunObject>(plan: RunPlan, { object, lingering }: RunWorld<T>, now: number): RunPlan {
  const done = lingering.filter(({ job }) => isTerminal(object) || job.metadata.uid !== object.status?.jobUID);
  if (done.length === 0) return plan;
  const [due, early] = [done.filter(({ since }) => now - since >= LINGERING_MS), done.filter(({ since }) => now - since < LINGERING_MS)];
  const waits = [plan.requeueAfterMs ?? [], early.map(({ since }) => since + LINGERING_MS - now)].flat();
  return { ...plan, effects: [...plan.effects, ...due.flatMap(({ job }) => deletionOf('jobs', job))], ...(waits.length > 0 && { requeueAfterMs: Math.min(...waits) }) };
}
