// The Job that looks which backups are stored. Pure.
import { LABEL_SCAN, type Backup, type CatalogueRequest, type CatalogueStatus } from '@postgres-operator/api';
import { credentialsSecret, databaseFolder } from '../backup/storage.ts';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { runnerJob } from '../run/desired-job.ts';
import { FOLLOW_UP_SECONDS } from '../run/follow-up.ts';
import { placeOf } from '../run/location.ts';
import { requestHead } from '../run/server.ts';
import { scanJobName } from './scan.ts';

/** How long an ended Job can be looked at. */
const TTL_SECONDS = 600;

/** The Job of the present page: it reads with the keys of the schedule, and writes nothing. */
export function desiredScanJob(schedule: Backup, scan: CatalogueStatus, config: Config): Writable {
  const folder = databaseFolder(schedule, config);
  const request: CatalogueRequest = { ...requestHead(schedule, config), command: 'catalogue', source: placeOf(folder), ...(scan.after && { after: scan.after }) };
  const { databaseRef, jobTemplate } = schedule.spec;
  return runnerJob({
    owner: schedule,
    request,
    identities: [],
    storage: { folder, readOnly: true, secret: credentialsSecret(schedule, folder, config) },
    config,
    name: scanJobName(schedule, scan),
    database: databaseRef.name,
    label: { [LABEL_SCAN]: schedule.metadata.name },
    activeDeadlineSeconds: FOLLOW_UP_SECONDS,
    ttlSeconds: TTL_SECONDS,
    ...(jobTemplate && { jobTemplate }),
  });
}
