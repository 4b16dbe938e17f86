import { isControlledBy, type Backup } from '@postgres-operator/api';
import type { Caches } from '../../reconcile/caches.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import { drillJobName } from './desired-job.ts';

/** The Job of the present attempt to drill a Backup, and its pods. */
export function drillOf(caches: Caches, backup: Backup): FollowUp | undefined {
  const job = caches.jobs.by('controller', backup.metadata.uid).find((one) => one.metadata.name === drillJobName(backup) && isControlledBy(one, backup));
  return job && { job, pods: caches.pods.by('controller', job.metadata.uid) };
}
