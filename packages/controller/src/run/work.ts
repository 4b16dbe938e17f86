// Which work on a Database has not ended. It follows from Jobs and pods alone, not from the objects they work for: a run
// whose object was deleted, or names another Database by now, may still be at work. Pure.
import { controllerOf, isControlledBy, LABEL_RUN, type ObjectMeta } from '@postgres-operator/api';
import type { Job, JobCondition } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { RUNNER_CONTAINER } from './desired-job.ts';

/** What a Job's controller says when it is over. */
const endCondition = ({ status }: Read<Job>): JobCondition | undefined => status?.conditions?.find(({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'));

/** True when a Job's controller says that it is over. */
export const isEndedJob = (job: Read<Job>): boolean => endCondition(job) !== undefined;

/** When a Job was over, in milliseconds since the epoch; undefined while it is not. */
export function endOfJob(job: Read<Job>): number | undefined {
  const end = endCondition(job);
  return end && Date.parse(end.lastTransitionTime ?? job.metadata.creationTimestamp ?? '');
}

/** True when the runner in a pod works no more, whatever containers somebody else added to it do. */
export const isEndedPod = ({ status }: Read<Pod>): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.containerStatuses?.some(({ name, state }) => name === RUNNER_CONTAINER && state?.terminated !== undefined) === true;

/** Jobs without that label, such as consistency checks and deletions of backups, disturb nobody, and nobody disturbs them. */
const isOfRun = ({ metadata }: { readonly metadata: ObjectMeta }): boolean => metadata.labels?.[LABEL_RUN] !== undefined;

/**
 * Names for people of what keeps a run from starting a Job, given all Jobs and pods of runs on one Database. Earlier attempts
 * of the run itself are no better than other runs.
 */
export function workAtHand(self: { readonly metadata: ObjectMeta }, jobs: readonly Read<Job>[], pods: readonly Read<Pod>[]): string[] {
  const unfinished = jobs.filter((job) => isOfRun(job) && !isOver(job, pods));
  // A Job that was deleted, or ran into its deadline before Kubernetes 1.31, leaves its pod some time to stop.
  const orphans = pods.filter((pod) => isOfRun(pod) && !isEndedPod(pod) && !unfinished.some((job) => isControlledBy(pod, job)));
  return [...unfinished.map((job) => nameOf(self, job)), ...orphans.map(({ metadata }) => `pod ${metadata.name}`)];
}

/** A Job that does not end although its runner has: another container keeps its pod alive. */
export interface Lingering {
  readonly job: Read<Job>;
  /** When the runner ended, in milliseconds since the epoch. */
  readonly since: number;
}

/** The Jobs whose runner has ended, and whose pod has not. */
export function lingeringOf(jobs: readonly Read<Job>[], podsOf: (job: Read<Job>) => readonly Read<Pod>[]): Lingering[] {
  const open = jobs.filter((job) => !isEndedJob(job) && job.metadata.deletionTimestamp === undefined);
  return open.flatMap((job) => podsOf(job).flatMap((pod) => (isEndedPod(pod) && pod.status?.phase === 'Running' ? [{ job, since: Date.parse(endOfRunner(pod)) }] : [])));
}

const endOfRunner = ({ status }: Read<Pod>): string => status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER)?.state?.terminated?.finishedAt ?? '';

/** A Job is over with its only pod, a moment before its controller says so. */
const isOver = (job: Read<Job>, pods: readonly Read<Pod>[]): boolean => isEndedJob(job) || pods.some((pod) => isControlledBy(pod, job) && isEndedPod(pod));

function nameOf(self: { readonly metadata: ObjectMeta }, job: Read<Job>): string {
  const owner = controllerOf(job);
  return owner === undefined || owner.uid === self.metadata.uid ? `Job ${job.metadata.name}` : `${owner.kind} ${owner.name}`;
}
