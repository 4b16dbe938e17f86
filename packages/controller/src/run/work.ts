// Which work on a Database has not ended. It follows from Jobs and pods alone, not from the objects they work for: a run
// whose object was deleted, or names another Database by now, may still be at work. Pure.
import { LABEL_RUN, type ObjectMeta, type OwnerReference } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { RUNNER_CONTAINER } from './desired-job.ts';

const controllerOf = ({ metadata }: { readonly metadata: ObjectMeta }): OwnerReference | undefined => metadata.ownerReferences?.find((owner) => owner.controller);

const isEndedJob = (job: Read<Job>): boolean => job.status?.conditions?.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed')) ?? false;

/** True when the runner in a pod works no more, whatever containers somebody else added to it do. */
export const isEndedPod = ({ status }: Read<Pod>): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.containerStatuses?.some(({ name, state }) => name === RUNNER_CONTAINER && state?.terminated !== undefined) === true;

/** Names for people of what other runs have at work, given all Jobs and pods of runs on one Database. */
export function workOfOthers(self: { readonly metadata: ObjectMeta }, jobs: readonly Read<Job>[], pods: readonly Read<Pod>[]): string[] {
  const others = jobs.filter((job) => controllerOf(job)?.uid !== self.metadata.uid && !isOver(job, pods));
  const known = [...others, ...jobs.filter((job) => controllerOf(job)?.uid === self.metadata.uid)];
  // A Job that was deleted, or ran into its deadline before Kubernetes 1.31, leaves its pod some time to stop.
  const orphans = pods.filter((pod) => pod.metadata.labels?.[LABEL_RUN] !== undefined && !isEndedPod(pod) && !known.some((job) => owns(job, pod)));
  return [...others.map(({ metadata }) => ownerName({ metadata })), ...orphans.map(({ metadata }) => `pod ${metadata.name}`)];
}

const owns = (job: Read<Job>, pod: Read<Pod>): boolean => controllerOf(pod)?.uid === job.metadata.uid;

/** A Job is over with its only pod, a moment before its controller says so. */
const isOver = (job: Read<Job>, pods: readonly Read<Pod>[]): boolean => isEndedJob(job) || pods.some((pod) => owns(job, pod) && isEndedPod(pod));

function ownerName(job: { readonly metadata: ObjectMeta }): string {
  const { kind, name } = controllerOf(job) ?? { kind: 'Job', name: job.metadata.name };
  return `${kind} ${name}`;
}
