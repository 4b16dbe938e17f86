// How far a run has come, from its runner's log to its status: seldom enough to cost nothing, often enough to be watched. Pure.
import { timeOf, type Progress, type RunProgress } from '@postgres-operator/api';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { RUNNER_CONTAINER, type RunObject } from './desired-job.ts';

/** How often a runner's log is read: a person who watches wants to see it move, and a log line costs the API server 34 to 87 ms. */
export const PROGRESS_MS = 5000;
/** Enough lines for the last progress to be among them, whatever else the runner says. */
export const PROGRESS_LINES = 20;

/** The pod whose log is to be read now, if any. */
export function podToAsk({ status }: RunObject, pods: readonly Read<Pod>[], now: number): Read<Pod> | undefined {
  if (status?.phase !== 'InProgress') return undefined;
  const seen = status.progress?.observedAt ?? status.startedAt;
  if (seen === undefined || now - Date.parse(seen) < PROGRESS_MS) return undefined;
  return pods.find(isAtWork);
}

/** True while the runner in a pod works: then it may have something to say. */
export const isAtWork = ({ metadata, status }: Read<Pod>): boolean =>
  metadata.deletionTimestamp === undefined && (status?.containerStatuses?.some(({ name, state }) => name === RUNNER_CONTAINER && state?.running !== undefined) ?? false);

/** The progress for the status at a moment. What has not moved is not written again, and nothing ever goes back. */
export function nextProgress(before: Progress | undefined, seen: RunProgress | undefined, now: number): Progress | undefined {
  if (seen === undefined) return before;
  const { percent, bytes, table, secondsLeft } = seen;
  if (before !== undefined && (bytes < before.bytes || (bytes === before.bytes && percent === before.percent))) return before;
  const left = secondsLeft !== undefined && { estimatedCompletionTime: timeOf(now + secondsLeft * 1000) };
  return { percent: Math.max(percent, before?.percent ?? 0), bytes, ...(table !== undefined && { table }), ...left, observedAt: timeOf(now) };
}
