// What is measured of the Databases that there are, beside their number.
import { ConditionType, type Database } from '@postgres-operator/api';
import type { Caches } from '../reconcile/caches.ts';
import type { RunGauge } from '../run/gauges.ts';
import type { Sample } from '../telemetry/sample.ts';

const LABELS = ['namespace', 'database'];

const labelsOf = ({ metadata }: Database): Record<string, string> => ({ namespace: metadata.namespace, database: metadata.name });

/** What is wrong with a Database as long as the condition is True. */
const TROUBLES: readonly string[] = [ConditionType.Degraded, ConditionType.BackupStale];

/** Gauges that read the cache when they are asked. */
export function databaseGauges({ databases }: Pick<Caches, 'databases'>): RunGauge[] {
  const gauge = (name: string, help: string, value: (database: Database) => number): RunGauge => ({
    name: `database_${name}`,
    help,
    labels: LABELS,
    samples: () => databases.list().map((database) => ({ labels: labelsOf(database), value: value(database) })),
  });
  return [
    gauge('created_timestamp_seconds', 'When a Database was created, in seconds since 1970', ({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') / 1000),
    gauge('servers_wanted', 'Servers that a Database is to have', ({ spec }) => spec.replicas),
    gauge('servers_ready', 'Servers of a Database that are up to date and ready', ({ status }) => status?.readyReplicas ?? 0),
    gauge('leftover_databases', 'Databases that Restores of a Database loaded into and that were there at its last consistency check, those of Restores at work included', ({ status }) => status?.consistency?.leftoverDatabases ?? 0),
    {
      name: 'database_trouble',
      help: '1 for what is wrong with a Database: a condition that should not be True, and its reason',
      labels: [...LABELS, 'condition', 'reason'],
      samples: () => databases.list().flatMap(troublesOf),
    },
  ];
}

const troublesOf = (database: Database): Sample[] =>
  (database.status?.conditions ?? []).filter(({ type, status }) => status === 'True' && TROUBLES.includes(type)).map(({ type, reason }) => ({ labels: { ...labelsOf(database), condition: type, reason }, value: 1 }));
