// The end of a run that failed: at once, or when it is known what lost attempts left behind. Pure.
import { LostReason } from '@postgres-operator/api';
import { isEdited } from './attempts.ts';
import { checkCredentials } from './checks.ts';
import { attemptOf, type RunObject } from './desired-job.ts';
import type { FollowUp } from './follow-up.ts';
import { IN_DOUBT, RECHECK_MS, type RunKind, type RunPlan } from './kind.ts';
import type { RunWorld } from './observe.ts';
import { statusWriter, type RunFailure } from './status.ts';
import { goesFirst } from './turn.ts';
import { isSure, verdict, type Succeeded } from './verdict.ts';

/**
 * A run has failed for good. A runner that died without a word may have left files, or have completed its work before it could
 * say so; and after several attempts nobody knows whether an earlier one was cleaned up after. Then the run goes on until that
 * is known.
 */
export function giveUp<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, failure: RunFailure, { now, wordless }: { now: number; wordless: boolean }): RunPlan {
  const { object } = world;
  const status = statusWriter(kind, object, now, world);
  const isOpen = attemptOf(object) > 1 || (wordless && failure.reason !== LostReason.PodNotStarted);
  if (kind.cleanUp === undefined || !isOpen) return { effects: [], status: status.failed(failure) };
  return { effects: [], status: status.cleaningUp(failure, 'Finding out what the lost runner left') };
}

/** A run that has failed, and of which it is being found out what it left. */
export function findOut<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, failure: RunFailure, now: number): RunPlan {
  const { object, followUp, certain } = world;
  if (followUp !== undefined) return followCleanUp(kind, world, { failure, followUp, now });
  // The place is made of the spec, so that an edited one leads to another.
  if (isEdited(object)) return remains(kind, world, { failure, now, why: 'the spec was changed meanwhile' });
  const status = statusWriter(kind, object, now);
  const first = goesFirst(object, world, now);
  if (first !== undefined) return { effects: [], status: status.cleaningUp(failure, `Finding out what the lost runner left, as soon as ${first} has ended`) };
  const missing = checkCredentials(world);
  if (missing !== undefined) return remains(kind, world, { failure, now, why: missing.message });
  return certain ? { effects: kind.cleanUp?.start(world) ?? [] } : IN_DOUBT;
}

interface Following {
  readonly failure: RunFailure;
  readonly followUp: FollowUp;
  readonly now: number;
}

function followCleanUp<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, { failure, followUp, now }: Following): RunPlan {
  const seen = verdict(followUp.job, followUp.pods, now);
  const status = statusWriter(kind, world.object, now);
  if (seen.state === 'running') return { effects: [], status: status.cleaningUp(failure, `Finding out what the lost runner left: ${seen.message}`), requeueAfterMs: RECHECK_MS };
  if (seen.state === 'succeeded') return concluded(kind, world, { failure, result: seen.result, now });
  if (!isSure(seen, world.certain)) return IN_DOUBT;
  return remains(kind, world, { failure, now, why: `${seen.reason}: ${seen.message}` });
}

function concluded<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, world: W, { failure, result, now }: { failure: RunFailure; result: Succeeded; now: number }): RunPlan {
  const status = statusWriter(kind, world.object, now);
  const completed = kind.completed(world, result, status.now);
  // The lost runner had done its work, and only could not say so.
  if (completed !== undefined) return { effects: [], status: status.completed(completed.fields, completed.message, completed.conditions) };
  const end = result.command === 'discard' && result.found === 'removed' ? 'what it left was removed' : 'it left nothing';
  return { effects: [], status: status.failed({ reason: failure.reason, message: `${failure.message}; ${end}` }) };
}

/** It cannot be found out, so the run ends as it stands. */
function remains<T extends RunObject, W extends RunWorld<T>>(kind: RunKind<T, W>, { object }: W, { failure, now, why }: { failure: RunFailure; now: number; why: string }): RunPlan {
  const message = `${failure.message}; something of it may remain in ${kind.cleanUp?.place(object) ?? 'its place'}, which could not be looked at (${why})`;
  return { effects: [], status: statusWriter(kind, object, now).failed({ reason: failure.reason, message }) };
}

