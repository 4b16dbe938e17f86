import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aPod, aRestore, condition, NOW, POD_READY } from '../../test/objects.ts';
import { PLAIN } from '../terminal/terminal.ts';
import { overviewOf, type Seen } from './overview.ts';
import { lines, screen } from './screen.ts';
import { serversOf } from './servers.ts';
import { troublesOf } from './troubles.ts';

const READY = { phase: 'Ready', ready: true, endpoint: 'shop.demo.svc.cluster.local:5432' } as const;
const nothing: Seen = { backups: [], restores: [], pods: [] };
const showing = { now: NOW, paint: PLAIN };
const good = aBackup({
  status: { phase: 'Completed', backupTime: '2026-01-02T01:04:05Z', size: '1.2Gi', rows: 1000, backupLocation: 'pvc://shop-backups/demo/shop/monday', verification: { time: '2026-01-02T02:04:05Z' }, conditions: [condition('RestoreProven', 'True', 'Proven', '1000 rows of 3 tables were restored')] },
});
const bad = aBackup({ metadata: { name: 'tuesday' }, status: { phase: 'Failed', completedAt: '2026-01-02T03:00:00Z', conditions: [condition('BackupReady', 'False', 'StorageFull', 'the claim is full')] } });

describe('The servers of a Database', () => {
  const standby = { name: 'shop-1', state: 'Streaming', lagBytes: 1024, lagSeconds: 0.25, observedAt: '2026-01-02T03:04:00Z' } as const;
  const two = aDatabase({ spec: { replicas: 2 }, status: { ...READY, replication: [standby] } });

  test.each([
    { what: 'are the primary and its standbys', pods: [aPod(0, POD_READY), aPod(1, POD_READY)], states: ['Ready', 'Ready'] },
    { what: 'may be missing', pods: [aPod(0, POD_READY)], states: ['Ready', 'Missing'] },
    { what: 'may be more than are wanted', pods: [aPod(0, POD_READY), aPod(1, POD_READY), aPod(2, POD_READY)], states: ['Ready', 'Ready', 'Ready'] },
    { what: 'may be on their way', pods: [aPod(0, { phase: 'Running' }), aPod(1, { phase: 'Pending' })], states: ['NotReady', 'Pending'] },
    { what: 'may be going', pods: [aPod(0, POD_READY, { deletionTimestamp: '2026-01-02T03:04:00Z' }), aPod(1, POD_READY)], states: ['Terminating', 'Ready'] },
    { what: 'may be kept from starting', pods: [aPod(0, { phase: 'Pending', containerStatuses: [{ name: 'postgres', image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } }] }), aPod(1, POD_READY)], states: ['ImagePullBackOff', 'Ready'] },
    { what: 'are no pods of runs', pods: [aPod(0, POD_READY), aPod(1, POD_READY), aPod(7, POD_READY, { ownerReferences: [] })], states: ['Ready', 'Ready'] },
    { what: 'are not known to whoever may not list pods', pods: undefined, states: [undefined, undefined] },
  ])('$what', ({ pods, states }) => expect(serversOf(two, pods).map(({ state }) => state)).toEqual(states));

  test('have what the last check saw of them', () => {
    expect(serversOf(two, [aPod(0, POD_READY), aPod(1, POD_READY)])).toEqual([
      { name: 'shop-0', role: 'primary', state: 'Ready', node: 'node-1' },
      { name: 'shop-1', role: 'standby', state: 'Ready', node: 'node-1', replication: 'Streaming', checkedAt: '2026-01-02T03:04:00Z', lagBytes: 1024, lagSeconds: 0.25 },
    ]);
  });
});

describe('Trouble', () => {
  const reasons = (...args: Parameters<typeof troublesOf>): string[] => troublesOf(...args).map(({ about, reason }) => `${about}: ${reason}`);
  const schedule = (...conditions: ReturnType<typeof condition>[]): ReturnType<typeof aBackup> => aBackup({ metadata: { name: 'nightly' }, spec: { schedule: '@daily' }, status: { conditions } });

  test.each([
    { what: 'is none of a Database that is well', conditions: [condition('Ready', 'True', 'AllChecksPassed'), condition('Degraded', 'False', 'AsSpecified'), condition('Consistent', 'True', 'AllChecksPassed'), condition('BackupStale', 'False', 'ObjectiveMet')], says: [] },
    { what: 'is that it is not Ready, and once', conditions: [condition('Ready', 'False', 'ImageNotPulled', 'no image'), condition('Degraded', 'True', 'ImageNotPulled', 'no image')], says: ['Database shop: ImageNotPulled'] },
    { what: 'is that its servers do not agree', conditions: [condition('Consistent', 'False', 'StandbyLags')], says: ['Database shop: StandbyLags'] },
    { what: 'is none before the first check', conditions: [condition('Consistent', 'Unknown', 'NotChecked')], says: [] },
    { what: 'is an old backup, and an old proof', conditions: [condition('BackupStale', 'True', 'ObjectiveMissed', 'a'), condition('ProofStale', 'True', 'ObjectiveMissed', 'b')], says: ['Database shop: ObjectiveMissed', 'Database shop: ObjectiveMissed'] },
    { what: 'is a volume that may not grow', conditions: [condition('StorageGrown', 'False', 'GrowthRefused')], says: ['Database shop: GrowthRefused'] },
    { what: 'is no volume that grows', conditions: [condition('StorageGrown', 'False', 'Growing')], says: [] },
  ])('$what', ({ conditions, says }) => expect(reasons(aDatabase({ status: { ...READY, conditions } }), [])).toEqual(says));

  test.each([
    { what: 'a Database that no operator has seen', database: aDatabase(), backups: [], says: ['Database shop: NotObserved'] },
    { what: 'a change that no operator has seen', database: aDatabase({ metadata: { generation: 2 }, status: READY }), backups: [], says: ['Database shop: NotObserved'] },
    { what: 'a newest backup that failed', database: aDatabase({ status: READY }), backups: [good, bad], says: ['Backup tuesday: StorageFull'] },
    { what: 'no backup that failed before a good one', database: aDatabase({ status: READY }), backups: [aBackup({ ...bad, status: { ...bad.status, completedAt: '2026-01-01T03:00:00Z' } }), good], says: [] },
    { what: 'a newest backup that is suspicious', database: aDatabase({ status: READY }), backups: [aBackup({ status: { phase: 'Completed', backupTime: '2026-01-02T03:00:00Z', conditions: [condition('Suspicious', 'True', 'RowsDropped')] } })], says: ['Backup monday: RowsDropped'] },
    { what: 'a schedule that cannot run', database: aDatabase({ status: READY }), backups: [schedule(condition('Scheduled', 'False', 'InvalidSchedule'))], says: ['Schedule nightly: InvalidSchedule'] },
    { what: 'no schedule that somebody suspended', database: aDatabase({ status: READY }), backups: [schedule(condition('Scheduled', 'False', 'Suspended'))], says: [] },
    { what: 'retention that waits', database: aDatabase({ status: READY }), backups: [schedule(condition('RetentionFrozen', 'True', 'NewestNotGood'))], says: ['Schedule nightly: NewestNotGood'] },
  ])('is $what', ({ database, backups, says }) => expect(reasons(database, backups)).toEqual(says));
});

describe('The screen', () => {
  test('of a Database of which nothing is known yet', () => {
    expect(screen(overviewOf(aDatabase(), { ...nothing, pods: undefined }), showing)).toEqual([
      'Database shop in namespace demo: Pending, postgres:14',
      '',
      'SERVER   ROLE      STATE                               REPLICATION   LAG   NODE',
      'shop-0   primary   not known: pods may not be listed   -             -     -',
      '',
      'Newest backup   none',
      'Proof           no backup was restored by a drill yet',
      'Next run        no schedule',
      '',
      'Trouble',
      '  Database shop: NotObserved: No operator has looked at it yet',
    ]);
  });

  const standby = { name: 'shop-1', state: 'Streaming', lagBytes: 0, lagSeconds: 0.04, observedAt: '2026-01-02T03:03:05Z' } as const;
  const database = aDatabase({ spec: { replicas: 2 }, status: { ...READY, readOnlyEndpoint: 'shop-ro.demo.svc.cluster.local:5432', replication: [standby], conditions: [condition('Ready', 'True', 'AllChecksPassed')] } });
  const schedule = aBackup({ metadata: { name: 'nightly' }, spec: { schedule: '30 2 * * *' }, status: { effectiveSchedule: '30 2 * * * Etc/UTC', nextScheduledTime: '2026-01-03T02:30:00Z' } });
  const underWay = aBackup({ metadata: { name: 'now' }, status: { phase: 'InProgress', progress: { percent: 50, bytes: 10, observedAt: '2026-01-02T03:04:00Z' } } });
  const waits = aRestore({ metadata: { name: 'later' }, status: { phase: 'Pending', conditions: [condition('RestoreReady', 'False', 'WaitingForTurn', 'Backup now goes first')] } });
  const undone = aRestore({ status: { phase: 'Completed', restoreTime: '2026-01-02T03:00:05Z', completedAt: '2026-01-02T03:00:05Z' } });
  const ofOthers = aBackup({ metadata: { name: 'theirs' }, spec: { databaseRef: { name: 'till' } }, status: { phase: 'Completed', backupTime: '2026-01-02T03:04:04Z' } });
  const partial = aBackup({ metadata: { name: 'part' }, spec: { selection: { tables: ['orders'] } }, status: { phase: 'Completed', backupTime: '2026-01-02T03:04:04Z' } });
  const overview = overviewOf(database, { backups: [good, schedule, underWay, ofOthers, partial], restores: [undone, waits], pods: [aPod(0, POD_READY), aPod(1, POD_READY)] });

  test('of a Database with all that there can be', () => {
    expect(screen(overview, showing)).toEqual([
      'Database shop in namespace demo: Ready, postgres:14',
      '',
      'SERVER   ROLE      STATE   REPLICATION   LAG                NODE',
      'shop-0   primary   Ready   -             -                  node-1',
      'shop-1   standby   Ready   Streaming     0, 0.0s (1m ago)   node-1',
      '',
      'Connect to      shop.demo.svc.cluster.local:5432, read only: shop-ro.demo.svc.cluster.local:5432',
      'Newest backup   monday, 2h ago, 1.2Gi, 1000 rows, pvc://shop-backups/demo/shop/monday',
      'Proof           monday, 1h ago: 1000 rows of 3 tables were restored',
      'Next run        nightly (30 2 * * * Etc/UTC) in 23h25m',
      'Under way       Backup now: [############------------]  50 %',
      'Under way       Restore later: Pending, WaitingForTurn: Backup now goes first',
      'Last restore    undo, Completed 4m ago',
      '',
      'No trouble',
    ]);
  });

  test('of several is a line each', () => {
    expect(lines([overview, overviewOf(aDatabase({ metadata: { name: 'till' } }), nothing)], showing)).toEqual([
      'DATABASE   PHASE     SERVERS   BACKUP   PROOF    NEXT        TROUBLE',
      'shop       Ready     2/2       2h ago   1h ago   in 23h25m   -',
      'till       Pending   0/1       -        -        -           NotObserved',
    ]);
  });

  test('tells of an upgrade, a suspended schedule and a restore that failed', () => {
    const upgrading = aDatabase({ status: { ...READY, upgrade: { from: { image: 'postgres:14', major: 14 }, to: { image: 'postgres:15', major: 15 }, step: 'Loading', stepStartedAt: '2026-01-02T03:00:00Z', startedAt: '2026-01-02T03:00:00Z', attempt: 1, generation: 1, percent: 50 } } });
    const suspended = aBackup({ metadata: { name: 'nightly' }, spec: { schedule: '@daily', suspend: true } });
    const failed = aRestore({ status: { phase: 'Failed', completedAt: '2026-01-02T03:03:05Z', conditions: [condition('RestoreReady', 'False', 'ServerTooOld', 'the backup is of 15')] } });
    const told = screen(overviewOf(upgrading, { backups: [suspended], restores: [failed], pods: [] }), showing);
    expect(told).toEqual(expect.arrayContaining(['Upgrade         to PostgreSQL 15: Loading [############------------]  50 %', 'Next run        nightly (@daily) is suspended', 'Last restore    undo, Failed 1m ago: the backup is of 15']));
  });
});
