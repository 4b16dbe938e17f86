// The Job of a drill. Pure.
import { ANNOTATION_DRILL, LABEL_DRILL, type Backup, type Database, type DrillRequest } from '@postgres-operator/api';
import type { Config } from '../../config.ts';
import type { Writable } from '../../kube/client.ts';
import { digestOf } from '../../reconcile/digest.ts';
import { nameOfWork, runnerJob } from '../../run/desired-job.ts';
import { placeOf, type StorageFolder } from '../../run/location.ts';
import { requestHead } from '../../run/server.ts';
import { credentialsSecret } from '../storage.ts';
import { volumeSizeOf } from './room.ts';
import { drillServer, serverImageOf } from './server.ts';

/** So long its log can be read. */
const TTL_SECONDS = 3600;
/** How much of the annotation counts. */
const MAX_REQUEST = 256;

/** What asks for a drill, beside the spec. */
export const drillRequestOf = ({ metadata }: Backup): string | undefined => metadata.annotations?.[ANNOTATION_DRILL]?.slice(0, MAX_REQUEST);

/** Number of the attempt that the drill of a Backup is at, from 1. */
export const drillAttemptOf = ({ status }: Backup): number => status?.verification?.attempt ?? 1;

/** Each attempt of each drill has a Job of its own. */
export const drillJobName = (backup: Backup): string => nameOfWork(backup, `drill-${digestOf(drillRequestOf(backup) ?? '').slice(0, 8)}-${drillAttemptOf(backup)}`);

/** The Job of the present attempt: a runner that reads the backup, and a server that is thrown away with its pod. */
export function desiredDrillJob(backup: Backup, { folder, database, config }: { folder: StorageFolder; database: Database | undefined; config: Config }): Writable {
  const { databaseRef, jobTemplate, activeDeadlineSeconds } = backup.spec;
  const manifestSha256 = backup.status?.manifestSha256;
  const request: DrillRequest = {
    ...requestHead(backup, config),
    command: 'drill',
    source: { ...placeOf(folder), ...(manifestSha256 !== undefined && { manifestSha256 }) },
    attempt: drillAttemptOf(backup),
  };
  return runnerJob({
    owner: backup,
    request,
    identities: [],
    storage: { folder, readOnly: true, secret: credentialsSecret(backup, folder, config) },
    sidecar: drillServer(serverImageOf(backup, database), volumeSizeOf(backup)),
    config,
    name: drillJobName(backup),
    database: databaseRef.name,
    label: { [LABEL_DRILL]: backup.metadata.name },
    activeDeadlineSeconds,
    ttlSeconds: TTL_SECONDS,
    ...(jobTemplate && { jobTemplate }),
  });
}
