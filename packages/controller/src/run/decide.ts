// The life of a run, the same for a Backup and a Restore: wait, start once, follow, try again where that may help, end for good. Pure.
import { Reason, specViolation } from '@postgres-operator/api';
import { findOut, giveUp } from './aftermath.ts';
import { isEdited, pauseLeft } from './attempts.ts';
import { checkCredentials, checkSameDatabase, type Unmet } from './checks.ts';
import { attemptOf, type RunObject } from './desired-job.ts';
import { endLingering, follow } from './follow.ts';
import { IN_DOUBT, type RunKind, type RunPlan } from './kind.ts';
import type { RunWorld } from './observe.ts';
import { failureOf, statusWriter, type RunStatus, type StatusWriter } from './status.ts';
import { goesFirst, isTerminal } from './turn.ts';

/** Decides about a run at a moment (milliseconds since the epoch). */
export function decideRun<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, now: number): RunPlan {
  if (world.object.metadata.deletionTimestamp !== undefined) return { effects: [] };
  const plan = decideLife(kind, world, now);
  return plan.inDoubt === undefined ? endLingering(plan, world, now) : plan;
}

function decideLife<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, now: number): RunPlan {
  const { object, job } = world;
  if (isTerminal(object)) {
    const ignored = statusWriter(kind, object, now).specChangeIgnored();
    return ignored.status === undefined ? (kind.afterwards?.(world, now) ?? { effects: [] }) : { effects: [], ...ignored };
  }
  const failure = failureOf(object);
  if (failure !== undefined) return findOut(kind, world, failure, now);
  if (job !== undefined || object.status?.jobUID !== undefined) return follow(kind, world, now);
  return object.status?.phase === 'InProgress' ? goOn(kind, world, now) : start(kind, world, now);
}

/** The next attempt: after its pause, and of the spec that the run was started with. */
function goOn<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, now: number): RunPlan {
  const { object } = world;
  if (isEdited(object)) {
    const message = `The spec was changed while the run waited for attempt ${attemptOf(object)}, and a ${object.kind} runs what it was started with. Create a new ${object.kind}`;
    return giveUp(kind, world, { reason: Reason.RunsOnce, message }, { now, wordless: false });
  }
  const left = pauseLeft(object, now);
  return left > 0 ? { effects: [], requeueAfterMs: left } : start(kind, world, now);
}

function start<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, now: number): RunPlan {
  const { object, certain } = world;
  const status = statusWriter(kind, object, now);
  const violation = specViolation(object);
  if (violation !== undefined) return giveUp(kind, world, { reason: Reason.InvalidSpec, message: violation }, { now, wordless: false });
  const unmet = checkSameDatabase(world) ?? kind.unmet(world) ?? waitForTurn(world, now) ?? checkCredentials(world);
  if (unmet?.hopeless !== undefined) return certain ? giveUp(kind, world, unmet, { now, wordless: false }) : IN_DOUBT;
  if (unmet !== undefined) return waitFor(unmet, status);
  // The status follows when the Job is seen, with its UID: one write instead of two.
  return certain ? { effects: kind.start(world) } : IN_DOUBT;
}

const waitFor = (unmet: Unmet, status: StatusWriter): RunPlan => ({ effects: [], status: status.waiting(unmet), ...(unmet.lookAgainMs !== undefined && { requeueAfterMs: unmet.lookAgainMs }) });

/** The status of a run for which something could not be done; undefined when it has ended. */
export const blockedRun = <T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, { object }: W, { now, why }: { now: number; why: Unmet }): RunStatus | undefined =>
  isTerminal(object) ? undefined : statusWriter(kind, object, now).waiting(why);

function waitForTurn<T extends RunObject>(world: RunWorld<T>, now: number): Unmet | undefined {
  const first = goesFirst(world.object, world, now);
  if (first === undefined) return undefined;
  return { reason: Reason.WaitingForTurn, message: `${first} works on the same Database; this run starts when that one has ended` };
}
