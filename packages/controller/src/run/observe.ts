// What all runs look at, whatever their kind.
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Backup, Database } from '@postgres-operator/api';
import { isNotFound } from '../kube/errors.ts';
import type { Kube } from '../kube/client.ts';
import { RESOURCES, type Read } from '../kube/resources.ts';
import type { Caches } from '../reconcile/caches.ts';
import { checkDatabase, checkRestore } from './checks.ts';
import { jobName, type RunObject } from './desired-job.ts';
import { isTerminal, type Rival } from './turn.ts';

/** All that a decision about a run looks at. */
export interface RunWorld<T extends RunObject> {
  readonly object: T;
  readonly database: Database | undefined;
  readonly job: Read<Job> | undefined;
  readonly pods: readonly Read<Pod>[];
  readonly rivals: readonly Rival[];
}

export interface RunSources {
  readonly caches: Caches;
  readonly kube: Kube;
}

/** Reads the caches; only a Job that is missing is looked for at the API server, before it is given up for lost. */
export async function observeRun<T extends RunObject>({ caches, kube }: RunSources, object: T, signal: AbortSignal): Promise<RunWorld<T>> {
  const { namespace } = object.metadata;
  const databaseKey = `${namespace}/${object.spec.databaseRef.name}`;
  const cached = caches.jobs.by('controller', object.metadata.uid)[0];
  const job = cached ?? (isTerminal(object) || object.status?.jobUID === undefined ? undefined : await liveJob(kube, object, signal));
  return {
    object,
    database: caches.databases.get(databaseKey),
    job,
    pods: job === undefined ? [] : caches.pods.by('controller', job.metadata.uid),
    rivals: rivalsOf(caches, object, databaseKey),
  };
}

async function liveJob(kube: Kube, object: RunObject, signal: AbortSignal): Promise<Read<Job> | undefined> {
  const name = object.status?.jobName ?? jobName(object);
  const job = await kube.get(RESOURCES.jobs, { namespace: object.metadata.namespace, name }, signal).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  return job?.metadata.uid === object.status?.jobUID ? job : undefined;
}

function rivalsOf(caches: Caches, self: RunObject, databaseKey: string): Rival[] {
  const others: RunObject[] = [...caches.backups.by('database', databaseKey), ...caches.restores.by('database', databaseKey)];
  const active = others.filter((other) => other.metadata.uid !== self.metadata.uid && !isTerminal(other) && other.metadata.deletionTimestamp === undefined);
  return active.map((object) => ({
    object,
    atWork: object.status?.jobUID !== undefined || caches.jobs.by('controller', object.metadata.uid).length > 0,
    startable: isStartable(caches, object, databaseKey),
  }));
}

function isStartable(caches: Caches, object: RunObject, databaseKey: string): boolean {
  const database = caches.databases.get(databaseKey);
  if (object.kind === 'Backup') return checkDatabase(object.spec.databaseRef.name, database) === undefined;
  const backup: Backup | undefined = caches.backups.get(`${object.metadata.namespace}/${object.spec.backupRef.name}`);
  return checkRestore(object, database, backup) === undefined;
}
