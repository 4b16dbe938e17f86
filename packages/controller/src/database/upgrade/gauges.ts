// What is measured of changes of the major version: those that are under way, by Database; and those that end, which name none.
import { isUpgrading, type Database, type Upgrade } from '@postgres-operator/api';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Caches } from '../../reconcile/caches.ts';
import { secondsOf, type RunGauge } from '../../run/gauges.ts';
import type { Sample } from '../../telemetry/sample.ts';

const LABELS = ['namespace', 'database'];
/** From an almost empty database to one of terabytes. */
const OUTAGE_BUCKETS = [10, 20, 60, 300, 900, 3600, 4 * 3600, 12 * 3600];

/** Gauges that read the cache when they are asked. A series ends with its upgrade. */
export function upgradeGauges({ databases }: Pick<Caches, 'databases'>): RunGauge[] {
  const gauge = (name: string, help: string, labels: string[], value: (upgrade: Upgrade) => number | undefined): RunGauge => ({
    name: `database_upgrade_${name}`,
    help: `${help} of a Database whose major version is changed`,
    labels: [...LABELS, ...labels],
    samples: () => databases.list().flatMap((database) => sampleOf(database, labels, value)),
  });
  return [
    gauge('step_since_timestamp_seconds', 'The step, and since when it is at it in seconds since 1970,', ['step'], ({ stepStartedAt }) => secondsOf(stepStartedAt)),
    gauge('fenced_since_timestamp_seconds', 'Since when clients are kept out, in seconds since 1970,', [], ({ fencedAt }) => secondsOf(fencedAt)),
    gauge('estimated_outage_seconds', 'How long clients will probably be kept out', [], ({ estimatedSeconds }) => estimatedSeconds),
  ];
}

function sampleOf({ metadata, status }: Database, labels: readonly string[], value: (upgrade: Upgrade) => number | undefined): Sample[] {
  const { upgrade } = status ?? {};
  const measured = upgrade !== undefined && isUpgrading(upgrade.step) && !upgrade.dryRun ? value(upgrade) : undefined;
  if (upgrade === undefined || measured === undefined) return [];
  return [{ labels: { namespace: metadata.namespace, database: metadata.name, ...(labels.includes('step') && { step: upgrade.step }) }, value: measured }];
}

/** Counts what ends while this process is the one at work: caches fill in others too. */
export function countUpgrades(registry: Registry, { databases }: Pick<Caches, 'databases'>, isAtWork: () => boolean): void {
  const registers = [registry];
  const ends = new Counter({ name: 'database_upgrade_ends_total', help: 'Changes of the major version that ended, by direction, result and reason', labelNames: ['direction', 'result', 'reason'], registers });
  const outages = new Histogram({ name: 'database_upgrade_outage_seconds', help: 'Seconds that clients were kept out by a change of the major version, by result', labelNames: ['direction', 'result'], buckets: OUTAGE_BUCKETS, registers });
  databases.onChange((before, after) => {
    const upgrade = endedBetween(before, after);
    if (upgrade === undefined || !isAtWork()) return;
    const labels = { direction: upgrade.goesBack ? 'back' : 'forward', result: upgrade.step };
    ends.inc({ ...labels, reason: upgrade.reason ?? '' });
    const seconds = outageOf(upgrade);
    if (seconds !== undefined) outages.observe(labels, seconds);
  });
}

/** The upgrade that ended between two looks at a Database; one that was over when the process began is none. */
function endedBetween(before: Database | undefined, after: Database | undefined): Upgrade | undefined {
  const upgrade = after?.status?.upgrade;
  if (before === undefined || upgrade?.finishedAt === undefined || upgrade.dryRun) return undefined;
  return before.status?.upgrade?.finishedAt === upgrade.finishedAt ? undefined : upgrade;
}

function outageOf({ fencedAt, servedAt, finishedAt }: Upgrade): number | undefined {
  const [from, to] = [secondsOf(fencedAt), secondsOf(servedAt ?? finishedAt)];
  return from === undefined || to === undefined ? undefined : to - from;
}
