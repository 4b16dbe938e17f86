// The statuses of a run, one function a phase. Pure.
import { ConditionType, isTrue, Reason, setCondition, type Condition, type ConditionUpdate, type Progress, type RunPhase } from '@postgres-operator/api';
import type { Unmet } from './checks.ts';
import type { RunObject } from './desired-job.ts';

/** What the statuses of all runs have in common. */
export interface RunStatus {
  readonly phase?: RunPhase;
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly jobName?: string;
  readonly jobUID?: string;
  readonly progress?: Progress;
  readonly observedGeneration?: number;
  readonly conditions?: Condition[];
}

/** The condition type and reasons that the course gave to a kind. */
export interface RunNames {
  /** BackupReady or RestoreReady. */
  readonly condition: string;
  readonly reasons: { readonly inProgress: string; readonly completed: string; readonly failed: string };
}

interface JobReference {
  readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp?: string };
}

/** Makes the statuses of one run at one moment. */
export interface StatusWriter {
  readonly now: string;
  pending(unmet: Unmet): RunStatus;
  inProgress(message: string, progress?: Progress): RunStatus;
  /** Still in progress, but nothing will come of it. */
  stuck(why: Unmet): RunStatus;
  completed(fields: object, message: string, more?: readonly ConditionUpdate[]): RunStatus;
  failed(why: { reason: string; message: string }): RunStatus;
  specChangeIgnored(): { status?: RunStatus };
}

export function statusWriter({ condition, reasons }: RunNames, object: RunObject, at: number, job?: JobReference): StatusWriter {
  const now = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  const generation = object.metadata.generation ?? 0;
  const before: RunStatus = object.status ?? {};
  // A run is of the spec that it started with: an edit since then is told apart when it has ended.
  const ofGeneration = before.jobUID === undefined ? generation : (before.observedGeneration ?? generation);
  const started = job && { startedAt: before.startedAt ?? job.metadata.creationTimestamp ?? now, jobName: job.metadata.name, jobUID: job.metadata.uid };
  const write = (phase: RunPhase, fields: object, updates: ConditionUpdate[]): RunStatus => ({
    ...before,
    ...started,
    ...fields,
    phase,
    observedGeneration: ofGeneration,
    conditions: updates.reduce((list, update) => setCondition(list, update, { generation, now }), before.conditions ?? []),
  });
  return {
    now,
    pending: ({ reason, message }) =>
      write('Pending', {}, [
        { type: condition, status: 'False', reason, message },
        { type: ConditionType.Reconciling, status: 'True', reason, message },
      ]),
    inProgress: (message, progress) =>
      write('InProgress', { ...(progress && { progress }) }, [
        { type: condition, status: 'False', reason: reasons.inProgress, message },
        { type: ConditionType.Reconciling, status: 'True', reason: reasons.inProgress, message },
      ]),
    stuck: ({ reason, message }) =>
      write('InProgress', {}, [
        { type: condition, status: 'False', reason: reasons.inProgress, message },
        { type: ConditionType.Reconciling, status: 'True', reason: reasons.inProgress, message },
        { type: ConditionType.Stalled, status: 'True', reason, message },
      ]),
    completed: (fields, message, more = []) =>
      write('Completed', { completedAt: now, ...fields }, [
        { type: condition, status: 'True', reason: reasons.completed, message },
        { type: ConditionType.Reconciling, status: 'False', reason: reasons.completed, message: 'The run has ended' },
        // One that was given up may have made it all the same.
        ...(isTrue(before.conditions, ConditionType.Stalled) ? [{ type: ConditionType.Stalled, status: 'False', reason: reasons.completed, message: 'The run has ended' } as const] : []),
        ...more,
      ]),
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
      return { status: { ...before, observedGeneration: generation, conditions: setCondition(before.conditions ?? [], update, { generation, now }) } };
    },
  };
}
