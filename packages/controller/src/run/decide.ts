// The life of a run, the same for a Backup and a Restore: wait, start once, follow, end for good. Pure.
import { ConditionType, findCondition, LostReason, Reason, specViolation, type ConditionUpdate } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import type { Effect, Plan } from '../reconcile/plan.ts';
import { checkCredentials, type Unmet } from './checks.ts';
import type { RunObject } from './desired-job.ts';
import type { RunWorld } from './observe.ts';
import { isAtWork, nextProgress, PROGRESS_MS } from './progress.ts';
import { statusWriter, type RunNames, type RunStatus, type StatusWriter } from './status.ts';
import { goesFirst, isTerminal } from './turn.ts';
import { verdict, verdictWithoutJob, type Succeeded, type Verdict } from './verdict.ts';

/** What differs between the kinds. */
export interface RunKind<T extends RunObject, W extends RunWorld<T>> extends RunNames {
  /** The first thing that is missing before the run can start. */
  unmet(world: W): Unmet | undefined;
  /** What starts the run: its Job last. */
  start(world: W): readonly Effect[];
  /** What a run that succeeded leaves in its status; undefined when the result is of another command. */
  completed(result: Succeeded, now: string): Completion | undefined;
}

/** Status fields of a run that succeeded, the message for people, and conditions beside those that every run has. */
export interface Completion {
  readonly fields: object;
  readonly message: string;
  readonly conditions?: readonly ConditionUpdate[];
}

/** A plan, or the wish to look closer: what cannot be undone is decided on what the API server says, not on what caches remember. */
export interface RunPlan extends Plan<RunStatus> {
  readonly inDoubt?: true;
}

const IN_DOUBT: RunPlan = { effects: [], inDoubt: true };

/** How often to look at a run whose pod has not reported, in case that an event was lost. */
const RECHECK_MS = 30_000;

/** Decides about a run at a moment (milliseconds since the epoch). */
export function decideRun<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, now: number): RunPlan {
  const { object, job, certain } = world;
  if (object.metadata.deletionTimestamp !== undefined) return { effects: [] };
  const status = statusWriter(kind, object, now);
  if (isTerminal(object)) return { effects: [], ...status.specChangeIgnored() };
  if (job !== undefined || object.status?.jobUID !== undefined) return follow(kind, world, now);
  const violation = specViolation(object);
  if (violation !== undefined) return { effects: [], status: status.failed({ reason: Reason.InvalidSpec, message: violation }) };
  const unmet = kind.unmet(world) ?? waitForTurn(world) ?? checkCredentials(world);
  if (unmet !== undefined) return waitFor(unmet, status, certain);
  // The status follows when the Job is seen, with its UID: one write instead of two.
  return certain ? { effects: kind.start(world) } : IN_DOUBT;
}

function waitFor(unmet: Unmet, status: StatusWriter, certain: boolean): RunPlan {
  if (unmet.hopeless === undefined) return { effects: [], status: status.pending(unmet), ...(unmet.lookAgainMs !== undefined && { requeueAfterMs: unmet.lookAgainMs }) };
  return certain ? { effects: [], status: status.failed(unmet) } : IN_DOUBT;
}

/** The status of a run that could not be started. */
export const blockedRun = <T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, blocked: { now: number; why: Unmet }): RunStatus =>
  statusWriter(kind, world.object, blocked.now).pending(blocked.why);

function waitForTurn<T extends RunObject>({ object, rivals, atWork }: RunWorld<T>): Unmet | undefined {
  const first = goesFirst(object, rivals, atWork);
  if (first === undefined) return undefined;
  return { reason: Reason.WaitingForTurn, message: `${first} works on the same Database; this run starts when that one has ended` };
}

function follow<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, now: number): RunPlan {
  const { object, job, pods, certain } = world;
  const seen = job === undefined ? verdictWithoutJob(object.status?.jobName ?? '', pods) : verdict(job, pods, now);
  const told = seen.state === 'running' || seen.state === 'succeeded' || (seen.state === 'failed' && seen.told);
  return certain || told ? conclude(kind, world, { seen, now }) : IN_DOUBT;
}

function conclude<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, { object, job, pods, progress }: W, { seen, now }: { seen: Verdict; now: number }): RunPlan {
  const status = statusWriter(kind, object, now, job);
  if (seen.state === 'failed') return { effects: [], status: status.failed(whyFailed(object, seen)) };
  if (seen.state === 'stuck') return { effects: job === undefined ? [] : deletionOf(job), status: status.stuck(seen), requeueAfterMs: RECHECK_MS };
  if (seen.state === 'running') {
    return { effects: [], status: status.inProgress(seen.message, nextProgress(object.status?.progress, progress, now)), requeueAfterMs: pods.some(isAtWork) ? PROGRESS_MS : RECHECK_MS };
  }
  return { effects: [], status: succeeded(kind, status, seen.result) };
}

function succeeded(kind: Pick<RunKind<never, never>, 'completed'>, status: StatusWriter, result: Succeeded): RunStatus {
  const completed = kind.completed(result, status.now);
  if (completed === undefined) return status.failed({ reason: LostReason.ResultMissing, message: `The runner reported a ${result.command}` });
  return status.completed(completed.fields, completed.message, completed.conditions);
}

/** A Job that is gone may have been deleted by us, when its pod did not start: then that is the reason. */
function whyFailed({ status }: RunObject, seen: Unmet): Unmet {
  const stuck = findCondition(status?.conditions, ConditionType.Stalled);
  return seen.reason === LostReason.JobLost && stuck !== undefined ? stuck : seen;
}

/** Foreground: the Job stays until its pod is gone, so a pod that reports after all is still heard. */
function deletionOf({ metadata: { namespace, name, uid, deletionTimestamp } }: Read<Job>): Effect[] {
  return deletionTimestamp === undefined ? [{ do: 'delete', resource: 'jobs', target: { namespace, name, uid }, propagation: 'Foreground' }] : [];
}
