// The Job of a drill. Pure.
import { ANNOTATION_DRILL, DRILL_LOGS, EXPECTED, LABEL_DRILL, parseDuration, type Backup, type Database, type DrillRequest } from '@postgres-operator/api';
import type { Config } from '../../config.ts';
import type { Writable } from '../../kube/client.ts';
import { digestOf } from '../../reconcile/digest.ts';
import { nameOfWork, runnerJob } from '../../run/desired-job.ts';
import { placeOf, type StorageFolder } from '../../run/location.ts';
import { requestHead } from '../../run/server.ts';
import { credentialsSecret } from '../storage.ts';
import { volumeSizeOf } from './room.ts';
import { drillServer, serverOfBackup } from './server.ts';

/** The longest time that the API server takes for it. */
const LONGEST_TTL_SECONDS = 2 ** 31 - 1;
/** How much of the annotation counts. */
const MAX_REQUEST = 256;

/** What asks for a drill, beside the spec of the Backup itself. */
export interface DrillRequests {
  /** The annotation. */
  readonly request?: string;
  /** The time by verification.schedule, where the schedule chose this run. */
  readonly scheduledTime?: string;
}

/** What asks for a drill of a Backup now, given the schedule that made it. */
export function drillRequestsOf({ metadata }: Backup, schedule: Backup | undefined): DrillRequests {
  const request = metadata.annotations?.[ANNOTATION_DRILL]?.slice(0, MAX_REQUEST);
  const { run, scheduledTime } = schedule?.status?.drill ?? {};
  return { ...(request !== undefined && { request }), ...(run === metadata.name && scheduledTime !== undefined && { scheduledTime }) };
}

/** Number of the attempt that the drill of a Backup is at, from 1. */
export const drillAttemptOf = ({ status }: Backup): number => status?.verification?.attempt ?? 1;

/** Each attempt of each drill has a Job of its own. */
export const drillJobName = (backup: Backup, { request = '', scheduledTime = '' }: DrillRequests): string =>
  nameOfWork(backup, `drill-${digestOf(`${request} ${scheduledTime}`).slice(0, 8)}-${drillAttemptOf(backup)}`);

/** What a drill starts with, beside its Backup. */
export interface DrillInput {
  readonly folder: StorageFolder;
  readonly database: Database | undefined;
  readonly requests: DrillRequests;
  readonly config: Config;
}

/** The Job of the present attempt: a runner that reads the backup, and a server that is thrown away with its pod. */
export function desiredDrillJob(backup: Backup, { folder, database, requests, config }: DrillInput): Writable {
  const { databaseRef, jobTemplate, activeDeadlineSeconds, verification } = backup.spec;
  const manifestSha256 = backup.status?.manifestSha256;
  const request: DrillRequest = {
    ...requestHead(backup, config),
    command: 'drill',
    source: { ...placeOf(folder), ...(manifestSha256 !== undefined && { manifestSha256 }) },
    attempt: drillAttemptOf(backup),
    ...(verification?.queries && { queries: verification.queries.map(({ name, sql, expect = EXPECTED }) => ({ name, sql, expect })) }),
  };
  return runnerJob({
    owner: backup,
    request,
    identities: [],
    storage: { folder, readOnly: true, secret: credentialsSecret(backup, folder, config) },
    sidecar: drillServer(serverOfBackup(backup, database), volumeSizeOf(backup)),
    config,
    name: drillJobName(backup, requests),
    database: databaseRef.name,
    label: { [LABEL_DRILL]: backup.metadata.name },
    activeDeadlineSeconds,
    ttlSeconds: ttlSeconds(verification?.keepLogs),
    ...(jobTemplate && { jobTemplate }),
  });
}

/** Whole seconds that a Job, and with it the logs of its pod, stays after its end. */
const ttlSeconds = (keepLogs = DRILL_LOGS): number => Math.min(Math.ceil((parseDuration(keepLogs) ?? 0) / 1000), LONGEST_TTL_SECONDS);
