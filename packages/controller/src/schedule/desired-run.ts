// The Backup that a schedule creates. Pure.
import { API_VERSION, LABEL_DATABASE, LABEL_MANAGED_BY, LABEL_SCHEDULE, LABEL_SCHEDULE_UID, MANAGED_BY, type Backup, type BackupSpec } from '@postgres-operator/api';
import type { Writable } from '../kube/client.ts';
import { childName } from './child-name.ts';

/** What a schedule says of itself, and not of its runs. */
const OF_THE_SCHEDULE: ReadonlySet<string> = new Set<keyof BackupSpec>(['schedule', 'timeZone', 'suspend', 'startingDeadlineSeconds', 'retention', 'retentionPolicy', 'pinned']);

/** Its own cron is the schedule's. */
const ofTheRun = (verification: NonNullable<BackupSpec['verification']>): object => Object.fromEntries(Object.entries(verification).filter(([field]) => field !== 'schedule'));

/** The run of a schedule at a time. It has no owner: deleting the schedule deletes no backup. */
export function desiredRun({ metadata, spec }: Backup, at: number): Writable {
  const labels = {
    [LABEL_MANAGED_BY]: MANAGED_BY,
    [LABEL_DATABASE]: spec.databaseRef.name,
    [LABEL_SCHEDULE]: metadata.name,
    [LABEL_SCHEDULE_UID]: metadata.uid,
  };
  const run = {
    apiVersion: API_VERSION,
    kind: 'Backup',
    metadata: { name: childName(metadata.name, at), namespace: metadata.namespace, labels },
    spec: { ...Object.fromEntries(Object.entries(spec).filter(([field]) => !OF_THE_SCHEDULE.has(field))), ...(spec.verification && { verification: ofTheRun(spec.verification) }) },
  };
  return run;
}
