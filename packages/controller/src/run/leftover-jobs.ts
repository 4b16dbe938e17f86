// Jobs whose object is gone. Kubernetes removes them soon; the one that whoever deletes with --cascade=orphan cuts loose stays for ever.
import { controllerOf, LABEL_BACKUP, LABEL_DATABASE } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import type { Caches } from '../reconcile/caches.ts';
import { counted } from '../telemetry/sample.ts';
import type { RunGauge } from './gauges.ts';

type Known = Pick<Caches, 'databases' | 'backups' | 'restores' | 'jobs'>;

/** Counts them. */
export const leftoverJobsGauge = (caches: Known): RunGauge => ({
  name: 'database_operator_leftover_jobs',
  help: 'Jobs of the operator whose Database, Backup or Restore is gone, by namespace',
  labels: ['namespace'],
  samples: () => counted(caches.jobs.list().filter((job) => isLeftover(job, caches)).map(({ metadata }) => ({ namespace: metadata.namespace }))),
});

function isLeftover(job: Read<Job>, { databases, backups, restores }: Known): boolean {
  const { namespace, labels } = job.metadata;
  const owner = controllerOf(job);
  // What deletes data has no owner on purpose, and goes by its time.
  if (owner === undefined) return labels?.[LABEL_DATABASE] !== undefined && labels[LABEL_BACKUP] === undefined;
  return ![databases, backups, restores].some((store) => store.get(`${namespace}/${owner.name}`)?.metadata.uid === owner.uid);
}
