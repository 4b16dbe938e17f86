// What all runs look at, whatever their kind.
import { isControlledBy, LABEL_DATABASE, LABEL_RUN, lastProgress, type Database, type RunProgress } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Kube } from '../kube/client.ts';
import { isNotFound, isRefused } from '../kube/errors.ts';
import type { PodLogs } from '../kube/pod-logs.ts';
import { RESOURCES, type Read, type ResourceType } from '../kube/resources.ts';
import type { Caches } from '../reconcile/caches.ts';
import { isReachable } from '../reconcile/routes.ts';
import { isBlocked, type RunCredentials } from './checks.ts';
import { databaseKeyOf, jobName, RUNNER_CONTAINER, type RunObject } from './desired-job.ts';
import { podToAsk, PROGRESS_LINES } from './progress.ts';
import { followUpOf, type FollowUp } from './follow-up.ts';
import { failureOf } from './status.ts';
import { isTerminal, type Rival } from './turn.ts';
import { isEndedPod, lingeringOf, workAtHand, type Lingering } from './work.ts';

/** All that a decision about a run looks at. */
export interface RunWorld<T extends RunObject> {
  readonly object: T;
  readonly database: Database | undefined;
  /** True when the primary of the Database can be reached. */
  readonly reachable: boolean;
  /** The Job of the present attempt. */
  readonly job: Read<Job> | undefined;
  readonly pods: readonly Read<Pod>[];
  readonly rivals: readonly Rival[];
  /** Names of what is at work on the Database; earlier attempts of this run too. */
  readonly atWork: readonly string[];
  /** The Job that comes after the attempts, if there is one. */
  readonly followUp?: FollowUp | undefined;
  /** Jobs of the run, of any attempt, that do not end although their runner has. */
  readonly lingering: readonly Lingering[];
  /** True when Jobs and pods are what the API server says; caches may be behind, each by another time. */
  readonly certain: boolean;
  /** What the runner last said of its progress; undefined when it was not asked. */
  readonly progress?: RunProgress | undefined;
  /** The Secret that the run cannot do without, if there is one. */
  readonly credentials?: RunCredentials | undefined;
}

type Certainty = Pick<RunWorld<RunObject>, 'job' | 'pods' | 'atWork' | 'certain' | 'credentials' | 'followUp'> & Partial<Pick<RunWorld<RunObject>, 'database'>>;

/** Whether everything is there that a run needs, apart from its turn. */
export type HasAll = (run: RunObject) => boolean;

/** Reads the caches. */
export function observeRun<T extends RunObject>(caches: Caches, object: T, hasAll: HasAll): RunWorld<T> {
  const databaseKey = databaseKeyOf(object);
  const jobs = caches.jobs.by('controller', object.metadata.uid);
  const job = jobOfAttempt(object, jobs);
  return {
    object,
    database: caches.databases.get(databaseKey),
    reachable: isReachable(caches, databaseKey),
    job,
    // A pod outlives its Job by the time it takes to stop.
    pods: caches.pods.by('controller', job?.metadata.uid ?? object.status?.jobUID ?? ''),
    rivals: rivalsOf(object, { others: [...caches.backups.by('database', databaseKey), ...caches.restores.by('database', databaseKey)], hasAll }),
    atWork: workAtHand(object, caches.jobs.by('database', databaseKey), caches.pods.by('database', databaseKey)),
    followUp: followUpOf(object, jobs, ({ metadata }) => caches.pods.by('controller', metadata.uid)),
    lingering: lingeringOf(jobs, ({ metadata }) => caches.pods.by('controller', metadata.uid)),
    certain: false,
  };
}

/** Failed Jobs of earlier attempts stay, so that they can be looked at. */
const jobOfAttempt = (object: RunObject, jobs: readonly Read<Job>[]): Read<Job> | undefined =>
  jobs.find((job) => job.metadata.name === jobName(object) && isControlledBy(job, object));

/** Asks the API server for the Jobs and pods that a decision that cannot be undone depends on. */
export async function askAboutRun({ caches, kube }: { caches: Caches; kube: Kube }, { object, job, credentials }: RunWorld<RunObject>, signal: AbortSignal): Promise<Certainty> {
  // The attempts are over: what matters is the Job that follows them, and its turn.
  if (isTerminal(object) || failureOf(object) !== undefined) return askForTurn(kube, { object, credentials }, signal);
  const uid = object.status?.jobUID ?? job?.metadata.uid;
  const found = uid === undefined ? undefined : await askForJob({ caches, kube }, { object, uid }, signal);
  if (found?.job !== undefined || (found !== undefined && object.status?.jobUID !== undefined)) return found;
  // Without a Job, and without a note in the status that there was one, the run is about to start.
  return askForTurn(kube, { object, credentials }, signal);
}

/**
 * Asks a runner how far it is, when the time has come. Whatever keeps it from answering is no matter of the run: it is asked
 * again, and its end does not depend on it.
 */
export async function askForProgress(logs: PodLogs, { object, pods }: RunWorld<RunObject>, { now, signal }: { now: number; signal: AbortSignal }): Promise<RunProgress | undefined> {
  const pod = podToAsk(object, pods, now);
  if (pod === undefined) return undefined;
  const lines = await logs.tail(pod.metadata, { container: RUNNER_CONTAINER, lines: PROGRESS_LINES }, signal).catch(() => '');
  return lastProgress(lines);
}

/** Before a start: everything that runs have on the Database, and whether the Secret is there. */
async function askForTurn(kube: Kube, { object, credentials }: Pick<RunWorld<RunObject>, 'object' | 'credentials'>, signal: AbortSignal): Promise<Certainty> {
  const selection = { namespace: object.metadata.namespace, labelSelector: `${LABEL_RUN},${LABEL_DATABASE}=${object.spec.databaseRef.name}` };
  const { items: jobs } = await kube.list(RESOURCES.jobs, selection, signal);
  const { items: pods } = await kube.list(RESOURCES.pods, selection, signal);
  const job = jobOfAttempt(object, jobs);
  // Before another attempt: whether it is still the same Database.
  const database = object.status?.databaseUID === undefined ? {} : { database: await askForOne(kube, RESOURCES.databases, { namespace: object.metadata.namespace, name: object.spec.databaseRef.name }, signal) };
  const podsOf = (one: Read<Job> | undefined): Read<Pod>[] => (one === undefined ? [] : pods.filter((pod) => isControlledBy(pod, one)));
  return { ...database, job, pods: podsOf(job), followUp: followUpOf(object, jobs, podsOf), atWork: workAtHand(object, jobs, pods), certain: true, credentials: credentials && (await askForSecret(kube, { object, credentials }, signal)) };
}

async function askForSecret(kube: Kube, { object, credentials }: { object: RunObject; credentials: RunCredentials }, signal: AbortSignal): Promise<RunCredentials> {
  const exists = await kube.exists(RESOURCES.secrets, { namespace: object.metadata.namespace, name: credentials.secret }, signal).catch((error: unknown) => {
    // A quota or an admission rule against Secrets says nothing about this one. If it is missing, the pod will tell.
    if (isRefused(error)) return true;
    throw error;
  });
  return { ...credentials, missing: !exists };
}

/** Before an end: the Job of the run, and its pod. */
async function askForJob({ caches, kube }: { caches: Caches; kube: Kube }, { object, uid }: { object: RunObject; uid: string }, signal: AbortSignal): Promise<Certainty> {
  const found = await askForOne(kube, RESOURCES.jobs, { namespace: object.metadata.namespace, name: jobName(object) }, signal);
  const selection = { namespace: object.metadata.namespace, labelSelector: `batch.kubernetes.io/controller-uid=${uid}` };
  const { items } = await kube.list(RESOURCES.pods, selection, signal);
  // A pod that is gone by now may have been heard of meanwhile.
  const told = caches.pods.by('controller', uid).filter(isEndedPod);
  return { job: found?.metadata.uid === uid ? found : undefined, pods: [...items, ...told], atWork: [], certain: true };
}

/** Undefined when it is not there. */
export const askForOne = <T>(kube: Pick<Kube, 'get'>, resource: ResourceType<T>, key: Parameters<Kube['get']>[1], signal: AbortSignal): Promise<T | undefined> =>
  kube.get(resource, key, signal).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });

function rivalsOf(self: RunObject, { others, hasAll }: { others: readonly RunObject[]; hasAll: HasAll }): Rival[] {
  const waiting = others.filter((other) => other.metadata.uid !== self.metadata.uid && !isTerminal(other) && other.metadata.deletionTimestamp === undefined);
  // One that has had its Job does not start again, but for the one that looks after a failure.
  return waiting.map((object) => ({ object, startable: !isBlocked(object) && (failureOf(object) !== undefined || (object.status?.jobUID === undefined && hasAll(object))) }));
}
