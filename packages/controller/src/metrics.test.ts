import { expect, test } from 'vitest';
import { FakeClock } from '../test/fake-clock.ts';
import { aBackup, aDatabase, aRestore, COMPLETED_BACKUP, READY } from '../test/fixtures.ts';
import { createCaches, type Caches } from './reconcile/caches.ts';
import { WorkQueue } from './runtime/work-queue.ts';
import { createMetrics, type Metrics } from './metrics.ts';

function setup(): { caches: Caches; queue: WorkQueue; metrics: Metrics; stepDown: () => void; lines: (name: string) => Promise<string[]> } {
  const caches = createCaches();
  const queue = new WorkQueue(new FakeClock());
  let leading = true;
  const metrics = createMetrics({ caches, queues: { databases: queue }, reflectors: () => [], leading: () => leading });
  const lines = async (name: string): Promise<string[]> => (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return { caches, queue, metrics, stepDown: () => void (leading = false), lines };
}

const other = aDatabase({ metadata: { name: 'other', uid: 'other' } });

test('Databases are counted by phase, and each is shown with its image', async () => {
  const { caches, lines } = setup();
  for (const database of [aDatabase({ status: READY }), other]) caches.databases.upsert(database);
  expect(await lines('database_resources_total')).toEqual(['database_resources_total{phase="Ready"} 1', 'database_resources_total{phase="Pending"} 1']);
  expect(await lines('database_info')).toEqual([
    'database_info{name="orders",namespace="shop",image="postgres:14",phase="Ready"} 1',
    'database_info{name="other",namespace="shop",image="postgres:14",phase="Pending"} 1',
  ]);
});

test('an object that is gone, or in another phase by now, leaves no series behind', async () => {
  const { caches, lines } = setup();
  for (const database of [aDatabase(), other]) caches.databases.upsert(database);
  await lines('database_info');
  caches.databases.delete(other);
  caches.databases.upsert(aDatabase({ metadata: { resourceVersion: '101' }, status: READY }));
  expect(await lines('database_info')).toEqual(['database_info{name="orders",namespace="shop",image="postgres:14",phase="Ready"} 1']);
  expect(await lines('database_resources_total')).toEqual(['database_resources_total{phase="Ready"} 1']);
});

test('runs are counted by kind and phase', async () => {
  const { caches, lines } = setup();
  caches.backups.upsert(aBackup({ status: COMPLETED_BACKUP }));
  caches.backups.upsert(aBackup({ metadata: { name: 'second', uid: 'second' }, status: COMPLETED_BACKUP }));
  caches.restores.upsert(aRestore());
  expect(await lines('database_operator_runs')).toEqual(['database_operator_runs{kind="Backup",phase="Completed"} 2', 'database_operator_runs{kind="Restore",phase="Pending"} 1']);
});

test('keys that wait are counted', async () => {
  const { queue, lines } = setup();
  queue.add('shop/orders');
  expect(await lines('database_operator_queue_depth')).toEqual(['database_operator_queue_depth{controller="databases"} 1']);
});

test('what happened is counted with its result', async () => {
  const { metrics, lines } = setup();
  metrics.reconciled('databases', 'success', 0.01);
  metrics.reconciled('databases', 'error', 0.01);
  metrics.watchEnded('pods', 'expired');
  metrics.called('GET', 0);
  expect(await lines('database_reconcile_total')).toEqual(['database_reconcile_total{controller="databases",result="success"} 1', 'database_reconcile_total{controller="databases",result="error"} 1']);
  expect(await lines('database_reconcile_duration_seconds_count')).toHaveLength(2);
  expect(await lines('database_operator_watch_restarts_total')).toEqual(['database_operator_watch_restarts_total{resource="pods",cause="expired"} 1']);
  expect(await lines('database_operator_api_calls_total')).toEqual(['database_operator_api_calls_total{method="GET",code="0"} 1']);
});

test('Backups and Restores are measured by namespace and Database', async () => {
  const { caches, lines } = setup();
  caches.databases.upsert(aDatabase());
  caches.backups.upsert(aBackup({ status: { ...COMPLETED_BACKUP, completedAt: '2026-01-02T03:04:05Z', bytes: 1234 } }));
  expect(await lines('database_backup_last_success_timestamp_seconds')).toEqual(['database_backup_last_success_timestamp_seconds{namespace="shop",database="orders"} 1767323045']);
  expect(await lines('database_backup_last_success_bytes')).toEqual(['database_backup_last_success_bytes{namespace="shop",database="orders"} 1234']);
});

test('Databases are measured by their servers, their age, and what is wrong with them', async () => {
  const { caches, lines } = setup();
  const conditions = [{ type: 'Degraded', status: 'True' as const, reason: 'StandbyLags', message: '', lastTransitionTime: '2026-01-02T03:04:05Z' }, ...(READY.conditions ?? [])];
  caches.databases.upsert(aDatabase({ metadata: { creationTimestamp: '2026-01-02T03:00:00Z' }, spec: { replicas: 3 }, status: { ...READY, readyReplicas: 2, conditions } }));
  const of = 'namespace="shop",database="orders"';
  expect(await lines('database_created_timestamp_seconds')).toEqual([`database_created_timestamp_seconds{${of}} 1767322800`]);
  expect(await lines('database_servers_wanted')).toEqual([`database_servers_wanted{${of}} 3`]);
  expect(await lines('database_servers_ready')).toEqual([`database_servers_ready{${of}} 2`]);
  expect(await lines('database_trouble')).toEqual([`database_trouble{${of},condition="Degraded",reason="StandbyLags"} 1`]);
});

test('runs are counted as they end, by the one process that is at work, and schedules are none', async () => {
  const { caches, lines, stepDown } = setup();
  const times = { startedAt: '2026-01-02T03:04:00Z', completedAt: '2026-01-02T03:04:05Z' };
  const ends = (name: string, status: typeof COMPLETED_BACKUP, spec = {}): void => {
    caches.backups.upsert(aBackup({ metadata: { name, uid: name, resourceVersion: '1' }, spec, status: { phase: 'InProgress' } }));
    caches.backups.upsert(aBackup({ metadata: { name, uid: name, resourceVersion: '2' }, spec, status }));
  };
  ends('good', { phase: 'Completed', ...times });
  ends('bad', { phase: 'Failed', conditions: [{ type: 'Stalled', status: 'True', reason: 'StorageFull', message: '', lastTransitionTime: '' }] });
  ends('nightly', { phase: 'Completed', ...times }, { schedule: '@daily' });
  stepDown();
  ends('of another process', { phase: 'Completed', ...times });
  expect(await lines('database_run_ends_total')).toEqual(['database_run_ends_total{kind="Backup",result="success",reason=""} 1', 'database_run_ends_total{kind="Backup",result="failure",reason="StorageFull"} 1']);
  expect(await lines('database_run_duration_seconds_sum')).toEqual(['database_run_duration_seconds_sum{kind="Backup"} 5']);
});
