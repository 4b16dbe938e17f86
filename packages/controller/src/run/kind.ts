// What a kind of run brings, and what a decision about it comes to.
import type { ConditionUpdate } from '@postgres-operator/api';
import type { Effect, Plan } from '../reconcile/plan.ts';
import type { Unmet } from './checks.ts';
import type { RunObject } from './desired-job.ts';
import type { RunWorld } from './observe.ts';
import type { RunNames, RunStatus } from './status.ts';
import type { Failed, Succeeded } from './verdict.ts';

/** What differs between the kinds. */
export interface RunKind<T extends RunObject, W extends RunWorld<T>> extends RunNames {
  /** The first thing that is missing before the run can start. */
  unmet(world: W): Unmet | undefined;
  /** What starts an attempt: its Job last. */
  start(world: W): readonly Effect[];
  /** How many attempts there may be in all when one has failed like this. */
  attempts(object: T, failure: Failed): number;
  /** What finds out what lost attempts left, and removes it; absent where the next attempt of all needs nothing of the kind. */
  readonly cleanUp?: {
    start(world: W): readonly Effect[];
    /** Where that would be. */
    place(object: T): string;
  };
  /** What is still to be done for a run that has ended. */
  afterwards?(world: W, now: number): RunPlan;
  /** What a run that succeeded leaves in its status; undefined when the result is of another command. */
  completed(world: W, result: Succeeded, now: string): Completion | undefined;
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

/** How often to look at a Job that has not ended, in case that an event was lost. */
export const RECHECK_MS = 30_000;

/** Asks for that closer look. */
export const IN_DOUBT: RunPlan = { effects: [], inDoubt: true };
