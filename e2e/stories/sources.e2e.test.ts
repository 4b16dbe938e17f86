// What a Restore may be made from, and into.
import { beforeAll, describe, expect, it } from 'vitest';
import { DAMAGE, SHOP } from '../demo/shop.ts';
import { startObjectStore } from '../harness/object-store.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, type Manifest } from '../harness/story.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';

const BUCKET = 'sources';

describe('A Restore takes its content', () => {
  const kubectl = storyNamespace('sources');
  const tables = (name: string, dbname = 'shop'): Promise<DatabaseProof> => proveTables(kubectl, name, dbname);
  const into = (name: string, databaseName: string, spec: Record<string, unknown>): Manifest => ({ ...restore(name, databaseName, ''), spec: { databaseRef: { name: databaseName }, keepPrevious: '0s', ...spec } });
  const statusOf = async (name: string, field: string): Promise<string> => String((await kubectl.get('backup', name))?.status?.[field]);
  let good: DatabaseProof;
  let damaged: DatabaseProof;

  beforeAll(async () => {
    const starting = startObjectStore(kubectl, { secret: 'keys', buckets: [BUCKET] });
    const others = [database('old'), database('new', { image: 'postgres:15', databaseName: 'other "name"', username: 'somebody' })];
    await Promise.all(others.map((manifest) => applyAndWait(kubectl, manifest, 'Ready')));
    await kubectl.sql('old', 'shop', `${SHOP} reset role; create role reader; set role app; grant select on orders to reader`);
    good = await tables('old');
    await starting;
    await applyAndWait(kubectl, backup('monday', 'old'), 'Completed');
    await applyAndWait(kubectl, backup('bucket', 'old', { storageLocation: `s3://${BUCKET}`, credentialsRef: { name: 'keys' } }), 'Completed');
    await kubectl.sql('old', 'shop', DAMAGE);
    damaged = await tables('old');
    await applyAndWait(kubectl, backup('tuesday', 'old'), 'Completed');
  });

  it('from the newest backup that is not later than a time; when there is none, it is Failed and says which there are', async () => {
    const [monday, tuesday] = [await statusOf('monday', 'backupTime'), await statusOf('tuesday', 'backupTime')];
    const failed = await applyAndWait(kubectl, into('too-early', 'old', { backupRef: { name: 'tuesday' }, before: monday }), 'Failed');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason: 'NoBackupBefore', message: expect.stringMatching(new RegExp(`tuesday \\(${tuesday}\\), .*monday \\(${monday}\\)`)) as string });
    expect(await tables('old')).toEqual(damaged);
    await applyAndWait(kubectl, into('in-time', 'old', { backupRef: { name: 'monday' }, before: tuesday }), 'Completed');
    expect(await tables('old')).toEqual(good);
  });

  it("from another Database's backup of an older major, into a database of another name and owner", async () => {
    const { status } = await applyAndWait(kubectl, into('upward', 'new', { backupRef: { name: 'monday' } }), 'Completed');
    expect(await tables('new', 'other "name"')).toEqual(good);
    expect(status).toMatchObject({ databaseName: 'other "name"', backupName: 'monday', sourceVersion: expect.stringMatching(/^14\./) as string });
    expect(await kubectl.sql('new', 'other "name"', "select string_agg(distinct tableowner, ' ') from pg_tables where schemaname = 'public'")).toBe('somebody');
  });

  it('but not from a newer major, which is refused before anything starts', async () => {
    await applyAndWait(kubectl, backup('newer', 'new'), 'Completed');
    const failed = await applyAndWait(kubectl, into('downward', 'old', { backupRef: { name: 'newer' } }), 'Failed');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason: 'ServerTooOld', message: expect.stringContaining('Backup newer is of PostgreSQL 15, and Database old runs 14') as string });
    expect(failed.status).not.toHaveProperty('jobName');
    expect(await tables('old')).toEqual(good);
  });

  it.each([
    ['bucket', 'bucket', { credentialsRef: { name: 'keys' } }],
    ['claim', 'monday', {}],
  ])('straight from a folder of a %s, without any Backup object', async (place, name, credentials) => {
    const location = await statusOf(name, 'backupLocation');
    await kubectl('delete', 'backup', name);
    await kubectl.sql('old', 'shop', 'set role app; delete from order_lines');
    const { status } = await applyAndWait(kubectl, into(`from-${place}`, 'old', { source: { location, ...credentials } }), 'Completed');
    expect(status).toMatchObject({ backupName: name, backupLocation: location, rows: 42_200 });
    expect(await tables('old')).toEqual(good);
  });

  it('for good beside the live database, under another name', async () => {
    await applyAndWait(kubectl, { ...into('beside', 'old', { backupRef: { name: 'tuesday' }, targetDatabaseName: 'shop tuesday' }) }, 'Completed');
    expect([await tables('old', 'shop tuesday'), await tables('old')]).toEqual([damaged, good]);
  });

  it('of some tables into a database to look at, with what is granted on them', async () => {
    const selection = { tables: ['orders', 'products'] };
    const { status } = await applyAndWait(kubectl, into('look', 'old', { backupRef: { name: 'tuesday' }, targetDatabaseName: 'look', selection }), 'Completed');
    const { 'public.orders': orders, 'public.products': products } = damaged;
    expect(await tables('old', 'look')).toEqual({ 'public.orders': orders, 'public.products': products });
    expect(status).toMatchObject({ tables: 2, rows: (orders?.rows ?? 0) + (products?.rows ?? 0) });
    expect(await kubectl.sql('old', 'look', "select has_table_privilege('reader', 'orders', 'select'), has_table_privilege('reader', 'products', 'select')")).toBe('t|f');
  });
});
