// The Job controller and the kubelet, as far as runs go: pods start or do not, end in any way, and Jobs follow.
import { controllerOf, controllerReference, LABEL_CHECK, LABEL_RUN, shortUid } from '@postgres-operator/api';
import type { Job, JobCondition } from 'kubernetes-types/batch/v1.d.ts';
import type { ContainerState, Pod } from 'kubernetes-types/core/v1.d.ts';
import { RESOURCES, type Read } from '../../src/kube/resources.ts';
import { RUNNER_CONTAINER } from '../../src/run/desired-job.ts';
import { CHECKED } from '../database-world.ts';
import { DUMPED, ended, RESTORED } from '../fixtures.ts';
import type { Step } from './dice.ts';
import type { ModelApi } from './model-api.ts';
import { isDeleting, isEndedJob, isEndedPod, NAMESPACE, type Stored } from './objects.ts';

type AJob = Read<Job>;
type APod = Read<Pod>;

/** Keeps a pod until its Job has counted it. */
const TRACKING = 'batch.kubernetes.io/job-tracking';

const TIMES = { startedAt: '2026-01-02T03:03:10Z', finishedAt: '2026-01-02T03:03:20Z' };
/** How long replaced databases are kept: shorter than the time that passes at once. */
const KEPT_MS = 60_000;

/** What the runner of a Job reported: the digest of a success, or the reason of a failure. */
export interface Report {
  readonly manifestSha256?: string;
  readonly failure?: string;
}

export class RunsInCluster {
  readonly #api: ModelApi;
  /** By UID of the Job. */
  readonly reports: Map<string, Report>;
  /** Digests of the backups that exist, by UID of the Backup, whether anybody has heard of them or not. */
  readonly manifests: Map<string, string>;
  /** UID of the owner by UID of a Job that has had its pod. */
  readonly owners: Map<string, string>;
  /** Jobs that have had their pod: with backoffLimit 0 they get no other. */
  readonly #served: Set<string>;

  constructor(api: ModelApi, from?: RunsInCluster) {
    this.#api = api;
    this.reports = new Map(from?.reports);
    this.manifests = new Map(from?.manifests);
    this.owners = new Map(from?.owners);
    this.#served = new Set(from === undefined ? [] : from.#served);
  }

  /** The steps that are possible; when `calm`, each Job does its work and ends well. */
  steps(calm = false): Step[] {
    const jobs = this.#api.all(RESOURCES.jobs);
    const pods = this.#api.all(RESOURCES.pods).filter((pod) => isRunPod(pod) || isCheck(pod));
    return [...jobs.flatMap((job) => this.#ofJob(job, pods.find((pod) => controllerOf(pod)?.uid === job.metadata.uid))), ...pods.flatMap((pod) => this.#ofPod(pod, calm))];
  }

  #ofJob(job: AJob, pod: APod | undefined): Step[] {
    const { name, uid } = job.metadata;
    if (isEndedJob(job) || isDeleting(job)) return [];
    // As before Kubernetes 1.28, which takes a pod that is told to stop for one that has failed: the harder case.
    if (pod !== undefined && isDeleting(pod) && !isEndedPod(pod)) return [{ name: `Job ${name} does not wait for its pod to stop`, run: () => this.#end(job, { type: 'Failed', reason: 'BackoffLimitExceeded' }, pod) }];
    if (pod !== undefined) return isEndedPod(pod) ? [{ name: `Job ${name} ends`, run: () => this.#end(job, succeeded(pod) ? { type: 'Complete' } : { type: 'Failed', reason: 'BackoffLimitExceeded' }, pod) }] : [];
    if (this.#served.has(uid)) return [{ name: `Job ${name} ends without its pod`, run: () => this.#end(job, { type: 'Failed', reason: 'BackoffLimitExceeded' }) }];
    return [{ name: `Job ${name} creates its pod`, run: () => this.#createPod(job) }];
  }

  /** The Job is marked, and its pod need not be kept for it any more. */
  #end(job: AJob, condition: Pick<JobCondition, 'type' | 'reason'>, pod?: APod): void {
    if (pod !== undefined) this.#api.release(RESOURCES.pods, pod, TRACKING);
    this.#api.update(RESOURCES.jobs, job, { status: { conditions: [{ ...condition, status: 'True' }] } }, 'cluster');
  }

  #createPod(job: AJob): void {
    const { name, uid, labels = {} } = job.metadata;
    this.#served.add(uid);
    this.owners.set(uid, controllerOf(job)?.uid ?? '');
    const metadata = { name: `${name}-${shortUid(uid)}`, namespace: NAMESPACE, labels: { ...labels, 'batch.kubernetes.io/controller-uid': uid }, finalizers: [TRACKING], ownerReferences: [controllerReference({ apiVersion: 'batch/v1', kind: 'Job', metadata: job.metadata })] };
    this.#api.create(RESOURCES.pods, { apiVersion: 'v1', kind: 'Pod', metadata, ...status('Pending') }, 'cluster');
  }

  #ofPod(pod: APod, calm: boolean): Step[] {
    const { name } = pod.metadata;
    const set = (what: string, next: { status: object }): Step => ({ name: `pod ${name} ${what}`, run: () => void this.#api.update(RESOURCES.pods, pod, next, 'cluster') });
    const job = this.#api.all(RESOURCES.jobs).find(({ metadata }) => metadata.uid === controllerOf(pod)?.uid);
    if ((job === undefined || isDeleting(job)) && pod.metadata.finalizers?.includes(TRACKING)) return [{ name: `pod ${name} has no Job any more`, run: () => this.#api.release(RESOURCES.pods, pod, TRACKING) }];
    if (isEndedPod(pod)) return [];
    if (isDeleting(pod)) return this.#stopping(pod);
    const state = stateOf(pod);
    const running = set('starts', status('Running', { running: {} }));
    if (state.running === undefined) return calm ? [running] : [running, running, running, set('cannot pull its image', status('Pending', { waiting: { reason: 'ErrImagePull' } }))];
    const succeeds: Step = { name: `pod ${name} succeeds`, run: () => this.#succeed(pod) };
    if (calm) return [succeeds];
    const fails = (what: string, failure: string, end: ContainerState): Step => ({ name: `pod ${name} ${what}`, run: () => this.#fail(pod, failure, end) });
    return [
      succeeds,
      succeeds,
      fails('reports a failure for good', 'StorageFull', ended(20, { v: 1, outcome: 'failed', reason: 'StorageFull', message: 'no space', retryable: false })),
      fails('reports a failure', 'ServerUnreachable', ended(10, { v: 1, outcome: 'failed', reason: 'ServerUnreachable', message: 'no answer', retryable: true })),
      fails('ends without a result', 'ResultMissing', ended(1)),
      { name: `pod ${name} completes its work, and ends without a result`, run: () => (this.#complete(pod), this.#fail(pod, 'ResultMissing', ended(1))) },
      fails('runs out of memory', 'OutOfMemory', ended(137, undefined, 'OOMKilled')),
      ...(job === undefined ? [] : [{ name: `Job ${job.metadata.name} runs into its deadline`, run: () => this.#deadline(job, pod) }]),
    ];
  }

  /** A pod that was told to stop reports that it was, or does its last bit of work first; then its grace is over. */
  #stopping(pod: APod): Step[] {
    const { name } = pod.metadata;
    const stop = (what: string, end: () => void): Step => ({ name: `pod ${name} ${what}`, run: () => (end(), this.#api.release(RESOURCES.pods, pod)) });
    if (stateOf(pod).running === undefined) return [stop('never starts', () => this.#fail(pod, 'PodLost', { waiting: { reason: 'ContainerCreating' } }))];
    const cancelled = ended(143, { v: 1, outcome: 'failed', reason: 'Cancelled', message: 'told to stop', retryable: true });
    return [stop('is stopped', () => this.#fail(pod, 'Cancelled', cancelled)), stop('succeeds while it is stopped', () => this.#succeed(pod))];
  }

  #succeed(pod: APod): void {
    const job = controllerOf(pod);
    const manifestSha256 = this.#complete(pod);
    this.reports.set(job?.uid ?? '', manifestSha256 === undefined ? {} : { manifestSha256 });
    this.#api.update(RESOURCES.pods, pod, status('Succeeded', ended(0, this.#resultOf(pod, manifestSha256))), 'cluster');
  }

  /** Does the work of a pod; gives the digest of what there is then. A backup that exists stays what it is. */
  #complete(pod: APod): string | undefined {
    if (isCheck(pod)) return undefined;
    const job = controllerOf(pod);
    const digest = (job?.uid ?? '').slice(0, 8).repeat(8);
    const owner = this.#ownerOf(pod);
    if (pod.metadata.labels?.[LABEL_RUN] === 'restore') return digest;
    if (!isFollowUp(job?.name) && !this.manifests.has(owner)) this.manifests.set(owner, digest);
    return this.manifests.get(owner);
  }

  #ownerOf(pod: APod): string {
    return this.owners.get(controllerOf(pod)?.uid ?? '') ?? '';
  }

  #resultOf(pod: APod, manifestSha256: string | undefined): object {
    if (isCheck(pod)) return CHECKED;
    const work = controllerOf(pod)?.name;
    if (work?.endsWith('-drop')) return { v: 1, outcome: 'succeeded', command: 'dropPrevious', found: 'dropped', ...TIMES };
    if (pod.metadata.labels?.[LABEL_RUN] === 'restore') return { ...RESTORED, previous: { name: 'previous_00000000', oid: '1', keptUntil: new Date(this.#api.time() + KEPT_MS).toISOString() } };
    return manifestSha256 === undefined ? { v: 1, outcome: 'succeeded', command: 'discard', found: 'nothing', ...TIMES } : { ...DUMPED, manifestSha256 };
  }

  #fail(pod: APod, failure: string, end: ContainerState): void {
    this.reports.set(controllerOf(pod)?.uid ?? '', { failure });
    this.#api.update(RESOURCES.pods, pod, status('Failed', end), 'cluster');
  }

  /** As before Kubernetes 1.31, which waits until the pod has stopped: the harder case. */
  #deadline(job: AJob, pod: APod): void {
    this.#api.delete(RESOURCES.pods, pod.metadata, 'Background', 'cluster');
    this.#api.release(RESOURCES.pods, pod, TRACKING);
    this.#end(job, { type: 'Failed', reason: 'DeadlineExceeded' });
  }
}

/** True for a Job that is no attempt of its run. */
export const isFollowUp = (job: string | undefined): boolean => /-(drop|discard)$/.test(job ?? '');

/** True for the Job and the pod of a consistency check, which is no run. */
export const isCheck = ({ metadata }: AJob | APod): boolean => metadata.labels?.[LABEL_CHECK] !== undefined;

export const isRunPod = (pod: APod): boolean => pod.metadata.labels?.[LABEL_RUN] !== undefined;

const stateOf = (pod: APod): ContainerState => pod.status?.containerStatuses?.[0]?.state ?? {};
const succeeded = (pod: APod): boolean => pod.status?.phase === 'Succeeded';
const status = (phase: string, state: ContainerState = { waiting: { reason: 'ContainerCreating' } }): Required<Pick<Stored, 'status'>> => ({
  status: { phase, containerStatuses: [{ name: RUNNER_CONTAINER, image: '', imageID: '', ready: false, restartCount: 0, state }] },
});
