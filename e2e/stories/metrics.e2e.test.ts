import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { CHART } from '../harness/chart.ts';
import { controllerTargets, metricsOf } from '../harness/metrics.ts';
import { applyAndWait, backup, database, restore, storyNamespace, waitFor } from '../harness/story.ts';
import { queriesOf } from '../monitoring/dashboard.ts';
import { startPrometheus, type Prometheus } from '../monitoring/prometheus.ts';
import { alertsOf, chartRules, withoutPatience } from '../monitoring/rules.ts';

/** What the controller shows follows what it watches. */
const SOON = { timeout: 120_000, interval: 500 };

describe('Metrics tell which Databases have a backup, how old it is, and why others failed', () => {
  const kubectl = storyNamespace('metrics');
  const failing = { selection: { tables: ['nothing'] }, backoffLimit: 0 };
  const ofShop = `database="shop",namespace="${kubectl.namespace}"`;
  /** The samples of this namespace, by name and labels. */
  const metrics = async (): Promise<Record<string, number>> => metricsOf(kubectl, (labels) => labels['namespace'] === kubectl.namespace);
  const named = async (prefix: string): Promise<Record<string, number>> => Object.fromEntries(Object.entries(await metrics()).filter(([name]) => name.startsWith(prefix)));

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 123) n');
  });

  it('none at all for a Database that has none', async () => {
    expect(await named('database_backup_')).toEqual({});
    expect(await metrics()).toHaveProperty([`database_info{image="postgres:14",name="shop",namespace="${kubectl.namespace}",phase="Ready"}`], 1);
  });

  it('the newest success: when, how long, bytes, rows', async () => {
    await applyAndWait(kubectl, backup('first', 'shop'), 'Completed');
    await kubectl.sql('shop', 'shop', 'insert into orders values (0)');
    const { status } = await applyAndWait(kubectl, backup('second', 'shop'), 'Completed');
    expect(await named('database_backup_')).toEqual({
      [`database_backup_last_success_timestamp_seconds{${ofShop}}`]: Date.parse(String(status?.['completedAt'])) / 1000,
      [`database_backup_last_success_duration_seconds{${ofShop}}`]: status?.['durationSeconds'],
      [`database_backup_last_success_bytes{${ofShop}}`]: status?.['bytes'],
      [`database_backup_last_success_rows{${ofShop}}`]: 124,
      [`database_backup_last_good_timestamp_seconds{${ofShop}}`]: Date.parse(String(status?.['backupTime'])) / 1000,
    });
  });

  it('failures by reason, beside the last success', async () => {
    const ends = await Promise.all(['no-such', 'no-such-either'].map((name) => applyAndWait(kubectl, backup(name, 'shop', failing), 'Failed')));
    expect(await named('database_backup_failures')).toEqual({ [`database_backup_failures{${ofShop},reason="SelectionEmpty"}`]: 2 });
    expect(await metrics()).toHaveProperty([`database_backup_last_failure_timestamp_seconds{${ofShop}}`], Math.max(...ends.map(({ status }) => Date.parse(String(status?.['completedAt'])) / 1000)));
    expect(await metrics()).toHaveProperty([`database_backup_last_success_rows{${ofShop}}`], 124);
  });

  it('the same of Restores', async () => {
    const { status } = await applyAndWait(kubectl, restore('undo', 'shop', 'first'), 'Completed');
    expect(await named('database_restore_')).toEqual({ [`database_restore_last_success_timestamp_seconds{${ofShop}}`]: Date.parse(String(status?.['completedAt'])) / 1000 });
  });

  it('and each goes with its object: what is not there is not told', async () => {
    await kubectl('delete', 'backup', 'no-such', 'second');
    await expect.poll(metrics, SOON).toMatchObject({ [`database_backup_failures{${ofShop},reason="SelectionEmpty"}`]: 1, [`database_backup_last_success_rows{${ofShop}}`]: 123 });
    await kubectl('delete', 'backups,restores,databases', '--all', '--timeout=240s');
    await expect.poll(metrics, SOON).toEqual({});
  });
});

describe('A real Prometheus that scrapes the controllers wakes somebody for what is really wrong', () => {
  const kubectl = storyNamespace('alerts');
  const rules = withoutPatience(chartRules());
  const seen = new Set<string>();
  let prometheus: Prometheus;

  /** What fires here of a Database or what belongs to it. */
  const firing = async (database: string): Promise<string[]> => {
    const samples = await prometheus.query(`ALERTS{alertstate="firing",namespace="${kubectl.namespace}"}`);
    const alerts = samples.filter(({ metric }) => (metric['database'] ?? metric['name']) === database).map(({ metric }) => metric['alertname'] ?? '');
    for (const alert of alerts) seen.add(alert);
    return alerts.sort();
  };
  const fires = (database: string, ...alerts: string[]): Promise<void> => vi.waitFor(async () => expect(await firing(database)).toEqual(alerts), { timeout: 180_000, interval: 500 });
  /** A run of a schedule, from its request to its end. */
  const runOf = async (schedule: string, request: string): Promise<void> => {
    const newest = (await kubectl.get('backup', schedule))?.status?.['newestRun'];
    await kubectl('annotate', '--overwrite', 'backup', schedule, `database.example.com/run-now=${request}`);
    await waitFor(kubectl, `backup/${schedule}`, { what: 'the end of another run', wanted: ({ status }) => status?.phase === 'Completed' && status['newestRun'] !== newest });
  };

  beforeAll(async () => {
    const { kubeconfig, ...cluster } = inject('cluster');
    prometheus = await startPrometheus({ kubeconfig, targets: await controllerTargets(kubectl, cluster), rules });
    await kubectl.apply(database('stuck', { image: 'postgres:14-nowhere', objective: { maxAge: '1m', maxProvenAge: '1m' } }));
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 2000) n');
  });
  afterAll(() => prometheus.stop());

  it('a Database that nobody backs up, and a Backup that failed, until one is Completed', async () => {
    await fires('shop', 'DatabaseNotBackedUp');
    await applyAndWait(kubectl, backup('bad', 'shop', { selection: { tables: ['nothing'] }, backoffLimit: 0 }), 'Failed');
    await fires('shop', 'DatabaseBackupFailing', 'DatabaseNotBackedUp');
    await applyAndWait(kubectl, backup('good', 'shop'), 'Completed');
    await fires('shop');
  });

  it('a Restore that failed, a schedule that does not run, and a Backup that waits', async () => {
    await applyAndWait(kubectl, restore('undo', 'shop', 'good', { selection: { tables: ['nothing'] }, targetDatabaseName: 'beside' }), 'Failed');
    await kubectl.apply(backup('nightly', 'shop', { schedule: '0 3 * * *', suspend: true }));
    await kubectl.apply(backup('waiting', 'nowhere'));
    await fires('shop', 'DatabaseRestoreFailed', 'DatabaseScheduleInactive');
    await fires('nowhere', 'DatabaseRunWaiting');
  });

  it('a backup that holds much less than the one before, which then keeps retention from deleting that one', async () => {
    await kubectl('delete', 'backup', 'nightly');
    await kubectl.apply(backup('yearly', 'shop', { schedule: '0 0 1 1 *', retention: 2 }));
    await runOf('yearly', 'one');
    await runOf('yearly', 'two');
    await kubectl.sql('shop', 'shop', 'delete from orders where id > 9');
    await runOf('yearly', 'three');
    await fires('shop', 'DatabaseBackupSuspicious', 'DatabaseRestoreFailed');
    await kubectl('patch', 'backup', 'yearly', '--type=merge', '-p', '{"spec":{"retention":1}}');
    await fires('shop', 'DatabaseBackupSuspicious', 'DatabaseRestoreFailed', 'DatabaseRetentionFrozen');
  });

  it('a Database that cannot come up, and so has neither the backup nor the proof that it is to have', async () => {
    await fires('stuck', 'DatabaseBackupStale', 'DatabaseDegraded', 'DatabaseNotBackedUp', 'DatabaseNotReady', 'DatabaseProofStale');
  });

  it('so that all alerts about databases have fired here, but that of a missed run, which needs an operator that is away', () => {
    expect([...seen].sort()).toEqual(alertsOf(rules, 'postgres-databases').filter((alert) => alert !== 'DatabaseScheduleMissed').sort());
  });

  it('it takes every query of the alerts and of the dashboard, and has an answer to those that count', async () => {
    for (const { expr } of rules.groups.flatMap((group) => group.rules)) await prometheus.query(expr);
    const panels = queriesOf(readFileSync(join(CHART, 'files', 'dashboard.json'), 'utf8'));
    const empty = async (): Promise<string[]> => {
      const answers = await Promise.all(panels.map(async ({ panel, expr }) => ({ panel, samples: await prometheus.query(expr) })));
      return answers.filter(({ samples }) => samples.length === 0).map(({ panel }) => panel);
    };
    // The one schedule has no last run: it ran by hand. A scrape that comes too late leaves a gap in everything.
    await expect.poll(empty, SOON).toEqual(['Schedules']);
  });
});
