import { isControlledBy, LABEL_BACKUP, LABEL_MANAGED_BY, MANAGED_BY, scheduleKeyOf, type Backup, type StorageFolder } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Config } from '../../config.ts';
import type { Kube } from '../../kube/client.ts';
import { RESOURCES, type Read } from '../../kube/resources.ts';
import type { Caches } from '../../reconcile/caches.ts';
import { isTerminal } from '../../run/turn.ts';
import { workAtHand } from '../../run/work.ts';
import { keyOf } from '../../runtime/object.ts';
import { backupFolder, storedFolder } from '../storage.ts';
import { deletionJobName } from './desired-job.ts';

/** All that a decision about a Backup that is being deleted looks at. */
export interface DeletionWorld {
  readonly object: Backup;
  /** Where its data is, or would be. */
  readonly folder: StorageFolder;
  /** Jobs of the run itself that have not ended. */
  readonly running: readonly Read<Job>[];
  /** Names for people of what of the run is still at work. */
  readonly atWork: readonly string[];
  /** Names of Restores that are reading it. */
  readonly readers: readonly string[];
  /** The Job of the present attempt to delete. */
  readonly job: Read<Job> | undefined;
  readonly pods: readonly Read<Pod>[];
  /** True when the API server has no claim of that name. It is asked right before an attempt only. */
  readonly claimMissing: boolean;
  /** True when Jobs and pods are what the API server says. */
  readonly certain: boolean;
}

interface Work {
  readonly jobs: readonly Read<Job>[];
  readonly podsOf: (job: Read<Job>) => readonly Read<Pod>[];
}

/** Reads the caches. */
export function observeDeletion(caches: Caches, object: Backup, config: Config): DeletionWorld {
  const { namespace, uid } = object.metadata;
  const deleting = caches.jobs.get(`${namespace}/${deletionJobName(object)}`);
  const jobs = [...caches.jobs.by('controller', uid), ...(deleting === undefined ? [] : [deleting])];
  const schedule = scheduleKeyOf(object);
  const naming = [keyOf(object), ...(schedule === undefined ? [] : [schedule])].flatMap((key) => caches.restores.by('backup', key));
  const readers = naming.filter((restore) => !isTerminal(restore) && restore.status?.jobUID !== undefined);
  return {
    object,
    folder: storedFolder(object) ?? backupFolder(object, config),
    ...workOf(object, { jobs, podsOf: ({ metadata }) => caches.pods.by('controller', metadata.uid) }),
    readers: readers.map(({ metadata }) => metadata.name),
    claimMissing: false,
    certain: false,
  };
}

function workOf(object: Backup, { jobs, podsOf }: Work): Pick<DeletionWorld, 'running' | 'atWork' | 'job' | 'pods'> {
  const own = jobs.filter((one) => isControlledBy(one, object));
  const job = jobs.find(({ metadata }) => metadata.name === deletionJobName(object) && metadata.labels?.[LABEL_BACKUP] !== undefined);
  const pods = own.flatMap((one) => podsOf(one));
  return {
    running: own.filter((one) => workAtHand(object, [one], podsOf(one)).length > 0),
    atWork: workAtHand(object, own, pods),
    job,
    pods: job === undefined ? [] : podsOf(job),
  };
}

/** Asks the API server: before the data is deleted no runner may be alive, and an attempt that failed has to be over. */
export async function askAboutDeletion(kube: Kube, world: DeletionWorld, signal: AbortSignal): Promise<DeletionWorld> {
  const { object, folder } = world;
  const { namespace } = object.metadata;
  const selection = { namespace, labelSelector: `${LABEL_MANAGED_BY}=${MANAGED_BY}` };
  const { items: jobs } = await kube.list(RESOURCES.jobs, selection, signal);
  const { items: pods } = await kube.list(RESOURCES.pods, selection, signal);
  const podsOf = (job: Read<Job>): Read<Pod>[] => pods.filter((pod) => isControlledBy(pod, job));
  const claims = folder.type === 'claim' ? await kube.list(RESOURCES.claims, { namespace, fieldSelector: `metadata.name=${folder.name}` }, signal) : undefined;
  return { ...world, ...workOf(object, { jobs, podsOf }), claimMissing: claims?.items.length === 0, certain: true };
}
