// What is measured of the runs that there are, by namespace and database. Objects that are gone leave no series; nor does a
// Database that is gone, whose Backups stay: nobody is to be woken for the age of the newest one. One that is created again under
// its name is another.
import { ConditionType, endOf, findCondition, isScheduled, newestGood, newestProven, provenAt, type Backup, type Database, type Restore, type RunPhase } from '@postgres-operator/api';
import type { Caches } from '../reconcile/caches.ts';
import { counted, type Sample } from '../telemetry/sample.ts';
import { databaseKeyOf, type RunObject } from './desired-job.ts';

/** One gauge, and what it shows. */
export interface RunGauge {
  readonly name: string;
  readonly help: string;
  readonly labels: string[];
  readonly samples: () => Sample[];
}

const DATABASE_LABELS = ['namespace', 'database'];

const labelsOf = ({ metadata, spec }: RunObject): Record<string, string> => ({ namespace: metadata.namespace, database: spec.databaseRef.name });
/** A time of a status in seconds since 1970. */
export const secondsOf = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time) / 1000);

/** Gauges that read the caches when they are asked. */
export function runGauges(caches: Pick<Caches, 'databases' | 'backups' | 'restores'>): RunGauge[] {
  const ofDatabases = <T extends RunObject>(runs: readonly T[]): T[] => runs.filter((run) => isOf(run, caches.databases.get(databaseKeyOf(run))));
  // A schedule only repeats what its runs say.
  const backups = (): Backup[] => ofDatabases(caches.backups.list()).filter(({ spec }) => !isScheduled(spec));
  const restores = (): Restore[] => ofDatabases(caches.restores.list());
  const whole = (): Map<string, Backup[]> => Map.groupBy(backups().filter(({ spec }) => spec.selection === undefined), databaseKeyOf);
  const newest = (name: string, help: string, value: (status: NonNullable<Backup['status']>) => number | undefined): RunGauge => ({
    name: `database_backup_last_success_${name}`,
    help: `${help} of the newest Completed Backup of a Database`,
    labels: DATABASE_LABELS,
    samples: () => newestOfEach(backups()).flatMap((backup) => sample(labelsOf(backup), backup.status && value(backup.status))),
  });
  const proven = (name: string, help: string, value: (backup: Backup) => number | undefined): RunGauge => ({
    name: `database_backup_last_proven_${name}`,
    help: `${help} of the good Backup of a whole Database that was proven last`,
    labels: DATABASE_LABELS,
    samples: () => [...whole().values()].flatMap((all) => newestProven(all) ?? []).flatMap((backup) => sample(labelsOf(backup), value(backup))),
  });
  const lastFailure = (kind: string, list: () => readonly RunObject[]): RunGauge => ({
    name: `database_${kind.toLowerCase()}_last_failure_timestamp_seconds`,
    help: `When the newest Failed ${kind} of a Database failed, in seconds since 1970`,
    labels: DATABASE_LABELS,
    samples: () => newestOfEach(list(), 'Failed').flatMap((run) => sample(labelsOf(run), secondsOf(run.status?.completedAt))),
  });
  const failures = (name: string, kind: string, list: () => readonly RunObject[]): RunGauge => ({
    name,
    help: `${kind} that are Failed, by database and reason`,
    labels: [...DATABASE_LABELS, 'reason'],
    samples: () => counted(list().filter(({ status }) => status?.phase === 'Failed').map((run) => ({ ...labelsOf(run), reason: failureReasonOf(run) }))),
  });
  return [
    newest('timestamp_seconds', 'When it was completed, in seconds since 1970,', ({ completedAt }) => secondsOf(completedAt)),
    newest('duration_seconds', 'Seconds that the runner worked', ({ durationSeconds }) => durationSeconds),
    newest('bytes', 'Stored bytes', ({ bytes }) => bytes),
    newest('rows', 'Rows', ({ rows }) => rows),
    {
      name: 'database_backup_last_good_timestamp_seconds',
      help: 'When the content of the newest good backup of a whole Database was complete, in seconds since 1970: Completed, and not Suspicious',
      labels: DATABASE_LABELS,
      samples: () => [...whole().values()].flatMap(newestGoodOf),
    },
    proven('timestamp_seconds', 'When a drill proved it, in seconds since 1970,', (backup) => provenAt(backup) / 1000),
    proven('seconds_per_gigabyte', 'Seconds that a restore of 10^9 bytes before compression took', ({ status }) => status?.verification?.bytesPerSecond && 1e9 / status.verification.bytesPerSecond),
    failures('database_backup_failures', 'Backups', backups),
    lastFailure('Backup', backups),
    lastFailure('Restore', restores),
    {
      name: 'database_run_waiting_since_timestamp_seconds',
      help: 'When a Backup or Restore that has not started was created, in seconds since 1970, and what it waits for',
      labels: ['kind', 'name', ...DATABASE_LABELS, 'reason'],
      // Also those of a Database that is not there, which may be what they wait for.
      samples: () => [...caches.backups.list().filter(({ spec }) => !isScheduled(spec)), ...caches.restores.list()].filter(({ status }) => (status?.phase ?? 'Pending') === 'Pending').flatMap(waitingOf),
    },
    {
      name: 'database_restore_last_success_timestamp_seconds',
      help: 'When the newest Completed Restore of a Database was completed, in seconds since 1970',
      labels: DATABASE_LABELS,
      samples: () => newestOfEach<Restore>(restores()).flatMap((restore) => sample(labelsOf(restore), secondsOf(restore.status?.completedAt))),
    },
    failures('database_restore_failures', 'Restores', restores),
  ];
}

/** Whether a run was for this very Database, as far as it says. */
const isOf = ({ status }: RunObject, database: Database | undefined): boolean => database !== undefined && (status?.databaseUID ?? database.metadata.uid) === database.metadata.uid;

/** The run that ended so last, of each Database. */
function newestOfEach<T extends RunObject>(runs: readonly T[], phase: RunPhase = 'Completed'): T[] {
  const newest = new Map<string, T>();
  for (const run of runs) {
    if (run.status?.phase !== phase) continue;
    const key = databaseKeyOf(run);
    if ((secondsOf(newest.get(key)?.status?.completedAt) ?? -1) <= (secondsOf(run.status.completedAt) ?? 0)) newest.set(key, run);
  }
  return [...newest.values()];
}

/** Stalled carries the reason of a failure: one of RUN_FAILURE_REASONS, LostReason, or a check of ours. */
export const failureReasonOf = ({ status }: RunObject): string => findCondition(status?.conditions, ConditionType.Stalled)?.reason ?? 'Unknown';

function newestGoodOf(backups: readonly Backup[]): Sample[] {
  const newest = newestGood(backups);
  return newest === undefined ? [] : [{ labels: labelsOf(newest), value: endOf(newest) / 1000 }];
}

function waitingOf(run: RunObject): Sample[] {
  const { kind, metadata, status } = run;
  const reason = findCondition(status?.conditions, kind === 'Backup' ? ConditionType.BackupReady : ConditionType.RestoreReady)?.reason ?? '';
  return sample({ kind, name: metadata.name, ...labelsOf(run), reason }, secondsOf(metadata.creationTimestamp));
}

const sample = (labels: Record<string, string>, value: number | undefined): Sample[] => (value === undefined ? [] : [{ labels, value }]);
