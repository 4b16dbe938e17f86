// What comes along into the new database besides rows: extensions, privileges, owners. How it is loaded, and what is told meanwhile.
import { beforeEach, describe, expect, it } from 'vitest';
import { lastProgress, parseProgressLine } from '@postgres-operator/api';
import { USERS } from './postgres-server.ts';
import { succeeded, useRig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { addBigTable, addNoise, asOwner, databases } from './stories.ts';

const rig = useRig();
const ask = <T extends Record<string, unknown>>(sql: string): Promise<T[]> => rig().server.query<T>('shop', sql);

describe('extensions', () => {
  const EXTENSIONS = `select extname as name, nspname as schema from pg_extension e join pg_namespace n on n.oid = extnamespace where extname <> 'plpgsql' order by 1`;

  beforeEach(async () => {
    await asOwner(rig().server, 'shop', 'create schema "my ext"; create extension hstore');
    await ask(`create extension pageinspect with schema "my ext"; create extension postgres_fdw; comment on extension pageinspect is 'ours'`);
    await rig().dump();
  });

  it('that only a superuser may create are named before anything is loaded', async () => {
    const { result, log } = await runToEnd(rig().pod, rig().request({ allowedExtensions: ['pageinspect'] }));
    expect(result).toMatchObject({ reason: 'ExtensionNotAllowed', message: expect.stringContaining('the extension "postgres_fdw"') as string });
    expect(log).not.toContain('"loading"');
    expect(await databases(rig().server)).toEqual(['shop']);
  });

  it('are there when they are allowed, in the schemas that they were in, and the trusted ones anyway', async () => {
    succeeded(await runToEnd(rig().pod, rig().request({ allowedExtensions: ['pageinspect', 'postgres_fdw', 'another'] })));
    expect(await ask(EXTENSIONS)).toEqual([
      { name: 'hstore', schema: 'public' },
      { name: 'pageinspect', schema: 'my ext' },
      { name: 'postgres_fdw', schema: 'public' },
    ]);
    expect(await ask(`select pg_get_userbyid(datdba) as database, (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'my ext') as schema from pg_database where datname = 'shop'`)).toEqual([
      { database: USERS.owner, schema: USERS.owner },
    ]);
  });
});

describe('privileges', () => {
  const roles = ['reader', 'gone'];

  beforeEach(async () => {
    for (const role of roles) await ask(`drop role if exists ${role}; create role ${role}`);
    await asOwner(
      rig().server,
      'shop',
      `grant select on item to reader, gone; grant update (name) on item to gone, reader; create function f() returns int language sql as 'select 1'; revoke execute on function f() from public;
       alter default privileges grant select on tables to reader; create schema s; grant usage on schema s to reader with grant option`,
    );
    await ask('create table by_reader (); alter table by_reader owner to reader');
    await rig().dump();
    await ask(`drop owned by gone; drop role gone`);
  });

  it('of roles that are here are there again; the others are counted and named', async () => {
    const { result, log } = await runToEnd(rig().pod, rig().request());
    expect(result, log).toMatchObject({ outcome: 'succeeded', skippedGrants: 2 });
    expect(log).toMatch(/GRANT SELECT ON TABLE public.item TO gone/);
    await asOwner(rig().server, 'shop', 'create table later (id int)');
    expect(
      await ask(`select has_table_privilege('reader', 'item', 'select') as "select", has_column_privilege('reader', 'item', 'name', 'update') as "update", has_function_privilege('reader', 'f()', 'execute') as f,
                        has_schema_privilege('reader', 's', 'usage with grant option') as s, has_table_privilege('reader', 'later', 'select') as later, (select tableowner from pg_tables where tablename = 'by_reader') as owner`),
    ).toEqual([{ select: true, update: true, f: false, s: true, later: true, owner: USERS.owner }]);
  });

  it('and owners are those of the dump when they are wanted, and all of their roles are here', async () => {
    await ask('create role gone');
    const { result, log } = await runToEnd(rig().pod, rig().request({ preserveOwners: true }));
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
    expect(log).toContain('its content may do anything to the server');
    expect(await ask(`select tablename as name, tableowner as owner from pg_tables where schemaname = 'public' order by 1`)).toEqual([
      { name: 'by_reader', owner: 'reader' },
      { name: 'item', owner: USERS.owner },
    ]);
    expect(await ask(`select has_table_privilege('gone', 'item', 'select') as gone`)).toEqual([{ gone: true }]);
  });

  it('owners that are wanted and not here are named before anything is loaded', async () => {
    const { result, log } = await runToEnd(rig().pod, rig().request({ preserveOwners: true }));
    expect(result).toMatchObject({ reason: 'RoleMissing', message: expect.stringContaining('"gone"') as string });
    expect(log).not.toContain('"loading"');
    expect(await databases(rig().server)).toEqual(['shop']);
  });
});

describe('several sessions', () => {
  it('take the rows of a large table in together, and make its indexes', async () => {
    // Rows longer than a piece, and short ones.
    await addBigTable(rig().server, 'shop', 20);
    await addNoise(rig().server, 'shop', 85_000);
    const content = 'select sum(hashtextextended(noise::text, 0))::text as noise, (select sum(hashtextextended(big::text, 0))::text from big) as big from noise';
    const before = await ask(content);
    await asOwner(rig().server, 'shop', `create table keyed as select generate_series(1, 20000) as id; create index on keyed (id); alter table keyed add primary key (id)`);
    await rig().dump();
    await asOwner(rig().server, 'shop', 'drop table keyed, big, noise');
    const ended = await runToEnd(rig().pod, rig().request({ jobs: 3 }));
    expect(succeeded(ended)).toMatchObject({ tables: 4, rows: 105_022 });
    expect(await ask(content)).toEqual(before);
    expect(ended.log.split('one more session takes rows in')).toHaveLength(3);
    expect(await ask('select count(*)::int as n from pg_indexes where tablename = $$keyed$$')).toEqual([{ n: 2 }]);
  });

  it('fail together, in the words of the server, and leave nothing', async () => {
    await addNoise(rig().server, 'shop', 85_000);
    await asOwner(rig().server, 'shop', `create function home() returns boolean language sql as $$ select current_database() = 'shop' $$; alter table noise add constraint at_home check (id < 60000 or public.home())`);
    await rig().dump();
    const { result } = await runToEnd(rig().pod, rig().request());
    expect(result).toMatchObject({ reason: 'RestoreFailed', message: expect.stringContaining('at_home') as string });
    expect(await databases(rig().server)).toEqual(['shop']);
  });
});

it('progress is told while it loads: bytes, table and percent, and never backwards', async () => {
  await addBigTable(rig().server, 'shop', 150);
  const { plainBytes } = await rig().dump();
  const { result, log } = await runToEnd(rig().pod, rig().request());
  expect(result).toMatchObject({ outcome: 'succeeded' });
  const lines = log.split('\n').map(parseProgressLine).filter((line) => line !== undefined);
  const percents = lines.map(({ percent }) => percent);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(lines.some(({ table, percent }) => table === 'public.big' && percent > 0 && percent < 75)).toBe(true);
  expect(lastProgress(log)).toMatchObject({ percent: 99, bytes: plainBytes });
});
