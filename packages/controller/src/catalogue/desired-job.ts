// The Job that looks which backups are stored. Pure.
import { LABEL_SCAN, placeOf, type CatalogueRequest } from '@postgres-operator/api';
import { credentialsSecret, databaseFolder } from '../backup/storage.ts';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { runnerJob } from '../run/desired-job.ts';
import { FOLLOW_UP_SECONDS } from '../run/follow-up.ts';
import { requestHead } from '../run/server.ts';
import { scanJobName } from './scan.ts';
import type { ScanWorld } from './world.ts';

/** How long an ended Job can be looked at. */
const TTL_SECONDS = 600;

/** The Job of the present page, with the keys of the schedule. It only reads; one that is to remove what killed runs left gets the folders that it spares. */
export function desiredScanJob({ object: schedule, scan }: Pick<ScanWorld, 'object' | 'scan'>, spare: readonly string[] | undefined, config: Config): Writable {
  const folder = databaseFolder(schedule, config);
  const request: CatalogueRequest = { ...requestHead(schedule, config), command: 'catalogue', source: placeOf(folder), ...(scan.after && { after: scan.after }), ...(spare && { removeOrphans: { spare: [...spare] } }) };
  const { databaseRef, jobTemplate } = schedule.spec;
  return runnerJob({
    owner: schedule,
    request,
    identities: [],
    storage: { folder, readOnly: spare === undefined, secret: credentialsSecret(schedule, folder, config) },
    config,
    name: scanJobName(schedule, scan),
    database: databaseRef.name,
    label: { [LABEL_SCAN]: schedule.metadata.name },
    activeDeadlineSeconds: FOLLOW_UP_SECONDS,
    ttlSeconds: TTL_SECONDS,
    ...(jobTemplate && { jobTemplate }),
  });
}
