// Restores that replace nothing: the whole or a part, into a database of its own.
import { expect, it } from 'vitest';
import { backUpAndGoOn, succeeded, useRig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { asOwner, databases } from './stories.ts';

const rig = useRig();
const LOOK = { targetDatabase: 'a "look" $1' };

it('the whole database stands beside the live one, which is not touched', async () => {
  await backUpAndGoOn(rig());
  const result = succeeded(await runToEnd(rig().pod, rig().request(LOOK)));
  expect(result).toMatchObject({ database: LOOK.targetDatabase, tables: 1, rows: 2 });
  expect(result).not.toHaveProperty('outageMilliseconds');
  expect(result).not.toHaveProperty('previous');
  expect(await rig().ids(LOOK.targetDatabase)).toEqual([1, 2]);
  expect(await rig().ids()).toEqual([1, 2, 3]);
  expect(await databases(rig().server)).toEqual([LOOK.targetDatabase, 'shop']);
});

it('asked for again it only reports, and does not undo what was written there', async () => {
  await backUpAndGoOn(rig());
  await runToEnd(rig().pod, rig().request(LOOK));
  await asOwner(rig().server, LOOK.targetDatabase, `insert into item values (7, 'written since')`);
  expect((await runToEnd(rig().pod, rig().request(LOOK))).result).toMatchObject({ outcome: 'succeeded', rows: 2 });
  expect(await rig().ids(LOOK.targetDatabase)).toEqual([1, 2, 7]);
});

it.each([
  { what: 'a schema', selection: { schemas: ['sales'] }, found: ['sales.item', 'sales.later'], rows: 101 },
  { what: 'a table of each schema', selection: { tables: ['item'] }, found: ['public.item', 'sales.item'], rows: 102 },
  { what: 'a table of a schema', selection: { schemas: ['sales'], tables: ['later'] }, found: ['sales.later'], rows: 1 },
])('of the backup comes $what, and is counted', async ({ selection, found, rows }) => {
  await asOwner(rig().server, 'shop', `create schema sales; create table sales.item as select generate_series(1, 100) as id; create table sales.later as select 1 as id; create table other ()`);
  await rig().dump();
  expect(succeeded(await runToEnd(rig().pod, rig().request({ targetDatabase: 'look', selection })))).toMatchObject({ tables: found.length, rows });
  const tables = await rig().server.query<{ name: string }>('look', `select schemaname || '.' || tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`);
  expect(tables.map(({ name }) => name)).toEqual(found);
});

it.each([
  { what: 'a schema', selection: { schemas: ['sales'] } },
  { what: 'a table of a schema', selection: { schemas: ['sales'], tables: ['item'] } },
  { what: 'a table of each schema', selection: { tables: ['item'] } },
])('with $what come the privileges on it, and on its schema, for roles that are there', async ({ selection }) => {
  await rig().server.query('postgres', 'create role reader; create role goer');
  await asOwner(
    rig().server,
    'shop',
    `create schema sales; grant usage on schema sales to reader; create table sales.item as select 1 as id; create table other ();
     grant select on sales.item to reader, goer; grant select on other to reader`,
  );
  await rig().dump();
  await rig().server.query('shop', 'drop owned by goer; drop role goer');
  const result = succeeded(await runToEnd(rig().pod, rig().request({ targetDatabase: 'look', selection })));
  expect(await rig().server.query('look', `select has_schema_privilege('reader', 'sales', 'usage') as schema, has_table_privilege('reader', 'sales.item', 'select') as item, to_regclass('other') as other`)).toEqual([
    { schema: true, item: true, other: null },
  ]);
  expect(result).toMatchObject({ skippedGrants: 1 });
  await rig().server.query('look', 'drop owned by reader');
  await rig().server.query('shop', 'drop owned by reader; drop role reader');
});

it('a selection that fits nothing is refused', async () => {
  await rig().dump();
  const { result } = await runToEnd(rig().pod, rig().request({ targetDatabase: 'look', selection: { tables: ['itme'] } }));
  expect(result).toMatchObject({ reason: 'SelectionEmpty' });
  expect(await databases(rig().server)).toEqual(['shop']);
});

it('a part of a database, too', async () => {
  await asOwner(rig().server, 'shop', 'create table other ()');
  await rig().dump('shop', { selection: { tables: ['public.item'] } });
  expect(succeeded(await runToEnd(rig().pod, rig().request({ targetDatabase: 'look' })))).toMatchObject({ tables: 1, rows: 2 });
});
