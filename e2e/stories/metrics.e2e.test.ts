import { beforeAll, describe, expect, it } from 'vitest';
import { metricsOf } from '../harness/metrics.ts';
import { applyAndWait, backup, database, restore, storyNamespace } from '../harness/story.ts';

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
    });
  });

  it('failures by reason, beside the last success', async () => {
    await Promise.all(['no-such', 'no-such-either'].map((name) => applyAndWait(kubectl, backup(name, 'shop', failing), 'Failed')));
    expect(await named('database_backup_failures')).toEqual({ [`database_backup_failures{${ofShop},reason="SelectionEmpty"}`]: 2 });
    expect(await metrics()).toHaveProperty([`database_backup_last_success_rows{${ofShop}}`], 124);
  });

  it('the same of Restores', async () => {
    const { status } = await applyAndWait(kubectl, restore('undo', 'shop', 'first'), 'Completed');
    expect(await named('database_restore_')).toEqual({ [`database_restore_last_success_timestamp_seconds{${ofShop}}`]: Date.parse(String(status?.['completedAt'])) / 1000 });
  });

  it('and each goes with its object: what is not there is not told', async () => {
    await kubectl('delete', 'backup', 'no-such', 'second');
    expect(await metrics()).toMatchObject({ [`database_backup_failures{${ofShop},reason="SelectionEmpty"}`]: 1, [`database_backup_last_success_rows{${ofShop}}`]: 123 });
    await kubectl('delete', 'backups,restores,databases', '--all', '--timeout=90s');
    expect(await metrics()).toEqual({});
  });
});
