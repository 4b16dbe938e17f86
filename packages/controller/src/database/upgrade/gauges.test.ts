import type { Upgrade } from '@postgres-operator/api';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { aDatabase, anUpgrade, NOW, READY } from '../../../test/fixtures.ts';
import { createCaches, type Caches } from '../../reconcile/caches.ts';
import { countUpgrades, upgradeGauges } from './gauges.ts';

const SECONDS = Date.parse(NOW) / 1000;
const at = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();

let version = 100;
/** The Database as it is by now. */
function put(caches: Caches, upgrade?: Partial<Upgrade>): void {
  version += 1;
  caches.databases.upsert(aDatabase({ metadata: { resourceVersion: String(version) }, status: { ...READY, ...(upgrade && { upgrade: anUpgrade(upgrade) }) } }));
}

describe('an upgrade that is under way', () => {
  const shown = (upgrade: Partial<Upgrade>): Record<string, unknown> => {
    const caches = createCaches();
    put(caches, upgrade);
    return Object.fromEntries(upgradeGauges(caches).flatMap(({ name, samples }) => samples().map(({ labels, value }) => [`${name}${labels['step'] === undefined ? '' : ` ${labels['step']}`}`, value])));
  };
  test('shows its step, since when clients are kept out, and how long that may take', () => {
    expect(shown({ step: 'Loading', fencedAt: at(-30), estimatedSeconds: 40 })).toEqual({
      'database_upgrade_step_since_timestamp_seconds Loading': SECONDS,
      database_upgrade_fenced_since_timestamp_seconds: SECONDS - 30,
      database_upgrade_estimated_outage_seconds: 40,
    });
  });
  test.each<{ what: string; upgrade: Partial<Upgrade> }>([
    { what: 'one that is over', upgrade: { step: 'Done', fencedAt: at(-30), estimatedSeconds: 40, finishedAt: NOW } },
    { what: 'a dry run', upgrade: { step: 'Checking', dryRun: true } },
  ])('$what shows nothing', ({ upgrade }) => {
    expect(shown(upgrade)).toEqual({});
  });
});

describe('an upgrade that ends', () => {
  const counted = async (upgrades: readonly Partial<Upgrade>[], leading = true): Promise<string[]> => {
    const [caches, registry] = [createCaches(), new Registry()];
    countUpgrades(registry, caches, () => leading);
    put(caches);
    for (const upgrade of upgrades) put(caches, upgrade);
    return (await registry.metrics()).split('\n').filter((line) => /^database_upgrade_(ends_total|outage_seconds_sum)\{/.test(line));
  };
  const done = { step: 'Done', fencedAt: at(-30), servedAt: at(-10), finishedAt: NOW } as const;

  test('is counted once, with how long clients were kept out', async () => {
    expect(await counted([{ step: 'Serving', fencedAt: at(-30), servedAt: at(-10) }, done, { ...done, message: 'more' }])).toEqual([
      'database_upgrade_ends_total{direction="forward",result="Done",reason=""} 1',
      'database_upgrade_outage_seconds_sum{direction="forward",result="Done"} 20',
    ]);
  });
  test('is counted with its reason when it failed: the outage lasts until then', async () => {
    expect(await counted([{ step: 'Failed', reason: 'RestoreFailed', goesBack: true, fencedAt: at(-30), finishedAt: NOW }])).toEqual([
      'database_upgrade_ends_total{direction="back",result="Failed",reason="RestoreFailed"} 1',
      'database_upgrade_outage_seconds_sum{direction="back",result="Failed"} 30',
    ]);
  });
  test('keeps nobody out when it is refused', async () => {
    expect(await counted([{ step: 'Refused', reason: 'Tablespaces', finishedAt: NOW }])).toEqual(['database_upgrade_ends_total{direction="forward",result="Refused",reason="Tablespaces"} 1']);
  });
  test('is not counted for a dry run, nor in a process that stands by', async () => {
    expect([await counted([{ step: 'Checked', dryRun: true, finishedAt: NOW }]), await counted([done], false)]).toEqual([[], []]);
  });
});
