import { isControlledBy, scheduleKeyOf, scheduleUidOf, type Backup } from '@postgres-operator/api';
import type { Caches } from '../../reconcile/caches.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import { drillJobName, drillRequestsOf, type DrillRequests } from './desired-job.ts';

/** What is known of the drills of a Backup. */
export interface DrillWorld {
  /** What asks for one, beside its own spec. */
  readonly requests: DrillRequests;
  /** The Job of the present attempt, if there is one. */
  readonly followUp?: FollowUp | undefined;
}

/** Reads the caches. */
export function observeDrill(caches: Caches, backup: Backup): DrillWorld {
  const schedule = caches.backups.get(scheduleKeyOf(backup) ?? '');
  const requests = drillRequestsOf(backup, schedule?.metadata.uid === scheduleUidOf(backup) ? schedule : undefined);
  const job = caches.jobs.by('controller', backup.metadata.uid).find((one) => one.metadata.name === drillJobName(backup, requests) && isControlledBy(one, backup));
  return { requests, followUp: job && { job, pods: caches.pods.by('controller', job.metadata.uid) } };
}
