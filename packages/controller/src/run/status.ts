// The statuses of a run, one function a phase. Pure.
import { ConditionType, isTrue, Reason, setCondition, setConditions, timeOf, type Condition, type ConditionUpdate, type Progress, type RunPhase } from '@postgres-operator/api';
import type { Notice } from '../reconcile/plan.ts';
import type { Unmet } from './checks.ts';
import { attemptOf, type RunObject } from './desired-job.ts';

/** Why a run failed. */
export interface RunFailure {
  readonly reason: string;
  readonly message: string;
}

/** What the statuses of all runs have in common. */
export interface RunStatus {
  readonly phase?: RunPhase;
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly jobName?: string;
  readonly jobUID?: string;
  readonly databaseUID?: string;
  readonly progress?: Progress;
  readonly attempt?: number;
  readonly nextAttemptTime?: string;
  readonly failure?: RunFailure;
  readonly observedGeneration?: number;
  readonly conditions?: Condition[];
}

/** What a failed attempt takes with it. */
const OF_AN_ATTEMPT: ReadonlySet<string> = new Set<keyof RunStatus>(['jobName', 'jobUID', 'startedAt', 'progress']);

/** The condition type and reasons that the course gave to a kind. */
export interface RunNames {
  /** BackupReady or RestoreReady. */
  readonly condition: string;
  readonly reasons: { readonly inProgress: string; readonly completed: string; readonly failed: string };
}

/** The Job of the present attempt, and what it works on. */
interface Attempt {
  readonly job: { readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp?: string } } | undefined;
  readonly database: { readonly metadata: { readonly uid: string } } | undefined;
}

/** Makes the statuses of one run at one moment. */
export interface StatusWriter {
  readonly now: string;
  /** Pending; a run that was started stays in progress, also between two attempts. */
  waiting(unmet: Unmet): RunStatus;
  /** Still in progress, although an attempt failed: its Job is history, and the next one starts at `at` (milliseconds since the epoch). */
  retrying(next: { readonly attempt: number; readonly at: number }, message: string): RunStatus;
  inProgress(message: string, progress?: Progress): RunStatus;
  /** Still in progress, but nothing will come of it. */
  stuck(why: Unmet): RunStatus;
  completed(fields: object, message: string, more?: readonly ConditionUpdate[]): RunStatus;
  /** Still in progress, although the last attempt failed: what it left is not known. */
  cleaningUp(failure: RunFailure, message: string): RunStatus;
  failed(why: RunFailure): RunStatus;
  /** The status of a run that has ended, with what came later. */
  later(update: ConditionUpdate): RunStatus;
  /** What is said of an edit of a run that has ended; empty when there was none. */
  specChangeIgnored(): { readonly status?: RunStatus; readonly notice?: Notice };
}

/** Why a run has failed of which it is still found out what it left. */
export const failureOf = ({ status }: { readonly status?: RunStatus }): RunFailure | undefined => status?.failure;

export function statusWriter({ condition, reasons }: RunNames, object: RunObject, at: number, { job, database }: Partial<Attempt> = {}): StatusWriter {
  const now = timeOf(at);
  const generation = object.metadata.generation ?? 0;
  const before: RunStatus = object.status ?? {};
  const { nextAttemptTime, failure, ...kept } = before;
  const attempt = attemptOf(object);
  // A run is of the spec that it started with: an edit since then is told apart when it has ended.
  const ofGeneration = before.phase === 'InProgress' ? (before.observedGeneration ?? generation) : generation;
  const databaseUID = before.databaseUID ?? database?.metadata.uid;
  const started = job && { attempt, startedAt: before.startedAt ?? job.metadata.creationTimestamp ?? now, jobName: job.metadata.name, jobUID: job.metadata.uid, ...(databaseUID !== undefined && { databaseUID }) };
  const write = (phase: RunPhase, fields: object, updates: ConditionUpdate[]): RunStatus => ({
    ...kept,
    ...started,
    ...fields,
    phase,
    observedGeneration: ofGeneration,
    conditions: setConditions(before.conditions, updates, { generation, now }),
  });
  const under = (reason: string, message: string): ConditionUpdate[] => [
    { type: condition, status: 'False', reason: reasons.inProgress, message },
    { type: ConditionType.Reconciling, status: 'True', reason, message },
  ];
  // One that was given up may go on, or have made it, all the same.
  const goingOn = (reason: string, message: string): ConditionUpdate[] => (isTrue(before.conditions, ConditionType.Stalled) ? [{ type: ConditionType.Stalled, status: 'False', reason, message }] : []);
  return {
    now,
    waiting({ reason, message }) {
      if (before.phase === 'InProgress') return write('InProgress', { ...(nextAttemptTime !== undefined && { nextAttemptTime }), ...(failure && { failure }) }, under(reason, `Attempt ${attempt} waits: ${message}`));
      return write('Pending', {}, [
        { type: condition, status: 'False', reason, message },
        { type: ConditionType.Reconciling, status: 'True', reason, message },
      ]);
    },
    retrying(next, message) {
      const failed = write('InProgress', {}, [...under(Reason.WaitingForRetry, message), ...goingOn(Reason.WaitingForRetry, message)]);
      const rest: RunStatus = Object.fromEntries(Object.entries(failed).filter(([field]) => !OF_AN_ATTEMPT.has(field)));
      return { ...rest, attempt: next.attempt, nextAttemptTime: timeOf(next.at) };
    },
    inProgress: (message, progress) => write('InProgress', { ...(progress && { progress }) }, [...under(reasons.inProgress, message), ...goingOn(reasons.inProgress, message)]),
    stuck: ({ reason, message }) =>
      write('InProgress', {}, [
        ...under(reasons.inProgress, message),
        { type: ConditionType.Stalled, status: 'True', reason, message },
      ]),
    completed: (fields, message, more = []) =>
      write('Completed', { completedAt: now, ...fields }, [
        { type: condition, status: 'True', reason: reasons.completed, message },
        { type: ConditionType.Reconciling, status: 'False', reason: reasons.completed, message: 'The run has ended' },
        ...goingOn(reasons.completed, 'The run has ended'),
        ...more,
      ]),
    cleaningUp: (why, message) => write('InProgress', { failure: { reason: why.reason, message: why.message } }, under(Reason.CleaningUp, `${message}. ${why.reason}: ${why.message}`)),
    later: (update) => ({ ...before, conditions: setCondition(before.conditions ?? [], update, { generation: before.observedGeneration ?? generation, now }) }),
    failed: ({ reason, message }) =>
      write('Failed', { completedAt: now }, [
        { type: condition, status: 'False', reason: reasons.failed, message: `${reason}: ${message}` },
        { type: ConditionType.Reconciling, status: 'False', reason: reasons.failed, message: 'The run has ended' },
        { type: ConditionType.Stalled, status: 'True', reason, message },
      ]),
    specChangeIgnored() {
      if (before.observedGeneration === generation) return {};
      const message = `A ${object.kind} runs once: this change of its spec runs nothing. Create a new ${object.kind}`;
      const update: ConditionUpdate = { type: ConditionType.SpecChangeIgnored, status: 'True', reason: Reason.RunsOnce, message };
      const conditions = setCondition(before.conditions ?? [], update, { generation, now });
      return { status: { ...before, observedGeneration: generation, conditions }, notice: { what: 'was changed after it ran', reason: Reason.RunsOnce, message } };
    },
  };
}
