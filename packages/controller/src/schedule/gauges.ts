// What is measured of the schedules that there are.
import { ConditionType, isScheduled, isTrue, standingOf, type Backup } from '@postgres-operator/api';
import type { Caches } from '../reconcile/caches.ts';
import type { RunGauge } from '../run/gauges.ts';
import type { Sample } from '../telemetry/sample.ts';

const LABELS = ['namespace', 'schedule', 'database'];

const labelsOf = ({ metadata, spec }: Backup): Record<string, string> => ({ namespace: metadata.namespace, schedule: metadata.name, database: spec.databaseRef.name });

/** Gauges that read the cache when they are asked. */
export function scheduleGauges({ backups, databases }: Pick<Caches, 'backups' | 'databases'>): RunGauge[] {
  const gauge = (name: string, help: string, value: (schedule: Backup) => number | undefined): RunGauge => ({
    name: `database_backup_schedule_${name}`,
    help,
    labels: LABELS,
    samples: () =>
      backups.list().filter(({ spec }) => isScheduled(spec)).flatMap((schedule): Sample[] => {
        const seen = value(schedule);
        return seen === undefined ? [] : [{ labels: labelsOf(schedule), value: seen }];
      }),
  });
  return [
    {
      name: 'database_backup_stale',
      help: '1 for a Database whose newest good backup is older than its objective, 0 for one that meets it',
      labels: ['namespace', 'database'],
      samples: () =>
        databases.list().filter(({ spec }) => spec.objective?.maxAge !== undefined).map(({ metadata, status }) => ({ labels: { namespace: metadata.namespace, database: metadata.name }, value: isTrue(status?.conditions, ConditionType.BackupStale) ? 1 : 0 })),
    },
    {
      name: 'database_backup_proof_stale',
      help: '1 for a Database whose newest proof by a drill is older than its objective, 0 for one that meets it',
      labels: ['namespace', 'database'],
      samples: () =>
        databases.list().filter(({ spec }) => spec.objective?.maxProvenAge !== undefined).map(({ metadata, status }) => ({ labels: { namespace: metadata.namespace, database: metadata.name }, value: isTrue(status?.conditions, ConditionType.ProofStale) ? 1 : 0 })),
    },
    gauge('missed_runs', 'Runs of a schedule that were due and never started', ({ status }) => status?.missedRuns ?? 0),
    gauge('next_timestamp_seconds', 'When the next run is due, in seconds since 1970', ({ status }) => (status?.nextScheduledTime === undefined ? undefined : Date.parse(status.nextScheduledTime) / 1000)),
    gauge('last_timestamp_seconds', 'When the last run was due, in seconds since 1970', ({ status }) => (status?.lastScheduledTime === undefined ? undefined : Date.parse(status.lastScheduledTime) / 1000)),
    gauge('suspicious_backups', 'Backups of a schedule that hold much less than the last good one, and that nobody has accepted', ({ metadata }) => backups.by('schedule', metadata.uid).filter((run) => standingOf(run) === 'suspicious').length),
    gauge('orphaned_folders', 'Folders with what killed runs left where a schedule stores, older than a day, as its last scan found them', ({ status }) => status?.catalogue?.orphans?.count),
    gauge('orphaned_uploads', 'Uploads among it that were never finished', ({ status }) => status?.catalogue?.orphans?.uploads),
    gauge('orphaned_bytes', 'Size of all of it', ({ status }) => status?.catalogue?.orphans?.bytes),
    gauge('good_backups', 'Good backups of a schedule', ({ status }) => status?.backupCount ?? 0),
    gauge('active', '1 for a schedule that will run, 0 for one that is suspended or cannot; its condition Scheduled says why', ({ status }) => (isTrue(status?.conditions, ConditionType.Scheduled) ? 1 : 0)),
    gauge('retention_frozen', '1 while good backups are kept although the rules do not want them, because the newest run is not good', ({ status }) => (isTrue(status?.conditions, ConditionType.RetentionFrozen) ? 1 : 0)),
  ];
}
