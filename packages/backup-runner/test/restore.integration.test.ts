import { createHash } from 'node:crypto';
import { cp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeIdentifier, type Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { clientEvery, sessionsBehind } from './outage.ts';
import { USERS, startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, restoreRequest, runToEnd, startRunner, type Pod } from './runner.ts';
import { addBigTable, asOwner, childNamed, copying, createDatabase, databases, until } from './stories.ts';

const FOLDER = 'shop/db/nightly-0a1b2c3d';
const owner = escapeIdentifier(USERS.owner);

let server: PostgresServer;
let pod: Pod;
let at: (database: string) => { host: string; port: number; database: string };
/** Dumps that the stories restore. */
let shop: Dumped;
let large: Dumped;
const pods: Pod[] = [];

interface Dumped {
  readonly storage: string;
  readonly manifestSha256: string;
}

beforeAll(async () => {
  server = await startPostgres();
  at = (database) => ({ host: '127.0.0.1', port: server.port, database });
  await createDatabase(server, 'large');
  await addBigTable(server, 'large', 150);
  await createDatabase(server, 'shop');
  shop = await dumpOf('shop');
  large = await dumpOf('large');
});
afterAll(async () => {
  await server.stop();
  await Promise.all(pods.map((kept) => kept.remove()));
});
beforeEach(async () => {
  pod = await makePod();
  onTestFinished(() => pod.remove());
  // Each story finds a database with one row more than the backup has.
  await server.query('postgres', 'drop database if exists shop with (force)');
  await createDatabase(server, 'shop');
  await asOwner(server, 'shop', `insert into item values (3, 'three')`);
});

async function dumpOf(database: string): Promise<Dumped> {
  const kept = await makePod();
  pods.push(kept);
  const { result, log } = await runToEnd(kept, dumpRequest(at(database)));
  if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(log);
  return { storage: kept.storage, manifestSha256: result.manifestSha256 };
}

/** Puts a dump into the pod's storage and returns the request to restore it into `shop`. */
async function requestOf(dumped: Dumped): Promise<ReturnType<typeof restoreRequest>> {
  await cp(dumped.storage, pod.storage, { recursive: true });
  return restoreRequest(at('shop'), dumped.manifestSha256);
}

const ids = async (): Promise<number[]> => (await server.query<{ id: number }>('shop', 'select id from item order by id')).map(({ id }) => id);
const tables = async (): Promise<string[]> =>
  (await server.query<{ name: string }>('shop', `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`)).map(({ name }) => name);

async function expectUntouched(): Promise<void> {
  expect(await ids()).toEqual([1, 2, 3]);
  expect(await databases(server)).toEqual(['large', 'shop']);
  expect(await readdir(pod.environment.scratchFolder)).toEqual([]);
}

async function expectRestored(): Promise<void> {
  expect(await ids()).toEqual([1, 2]);
  expect(await databases(server)).toEqual(['large', 'shop']);
}

describe('a restore', () => {
  it('brings everything back, and what came later goes', async () => {
    const name = `we"ird $db`;
    await createDatabase(server, name);
    onTestFinished(async () => void (await server.query('postgres', `drop database ${escapeIdentifier(name)}`)));
    await asOwner(
      server,
      name,
      `create table "Zäh""l $1" (id serial primary key, "größe $" bytea, doc jsonb);
       insert into "Zäh""l $1" ("größe $", doc) select decode(repeat('00ff', 300000), 'hex'), '{"a": "\\u00fc"}' from generate_series(1, 3);
       create view totals as select count(*) as n from "Zäh""l $1";
       create function "it's"() returns int language sql as 'select 7';
       create materialized view m as select "it's"() as x;`,
    );
    const id = escapeIdentifier(name);
    await server.query(
      'postgres',
      `comment on database ${id} is 'the ''shop''';
       alter database ${id} connection limit 33;
       alter database ${id} set search_path to "a b", public;
       alter database ${id} set statement_timeout to '7s';
       alter database ${id} set "my.tenant" to 'x''y';
       alter role ${owner} in database ${id} set work_mem to '5MB';
       revoke connect on database ${id} from public;
       grant connect, create on database ${id} to ${owner} with grant option;
       grant connect on database ${id} to database_operator_backup`,
    );
    const properties = (): Promise<Record<string, unknown>[]> =>
      server.query(
        'postgres',
        `select pg_get_userbyid(datdba) as owner, datconnlimit, datacl::text[] @> '{}' as acl, array(select a::text from unnest(datacl) a order by 1) as list,
                shobj_description(d.oid, 'pg_database') as comment,
                array(select coalesce(setrole::regrole::text, '') || c from pg_db_role_setting s, unnest(setconfig) c
                       where s.setdatabase = d.oid and not starts_with(c, 'database_operator.') order by 1) as settings
           from pg_database d where datname = $1`,
        [name],
      );
    const before = await properties();
    const dumped = await runToEnd(pod, dumpRequest(at(name)));
    if (dumped.result.outcome !== 'succeeded' || dumped.result.command !== 'dump') throw new Error(dumped.log);
    await asOwner(server, name, `set search_path to public; update item set name = 'wrong'; create table extra (); insert into "Zäh""l $1" default values; drop view totals`);
    const { result, log } = await runToEnd(pod, restoreRequest(at(name), dumped.result.manifestSha256));
    expect(result, log).toMatchObject({ outcome: 'succeeded', command: 'restore', bytes: dumped.result.bytes });
    expect(await server.query(name, `select * from public.item order by id`)).toEqual([{ id: 1, name: 'one' }, { id: 2, name: 'two' }]);
    expect(await server.query(name, `select n::int, (select x from public.m), (select length("größe $") from public."Zäh""l $1" limit 1) as l from public.totals`)).toEqual([{ n: 3, x: 7, l: 600000 }]);
    expect(await server.query(name, `select to_regclass('public.extra') as extra, nextval('public."Zäh""l $1_id_seq"')::int as next`)).toEqual([{ extra: null, next: 4 }]);
    expect(await properties()).toEqual(before);
    expect(await databases(server)).toEqual(['large', 'shop', name]);
  });

  it('that is asked for again does not undo what was written since', async () => {
    const request = await requestOf(shop);
    const first = await runToEnd(pod, request);
    await asOwner(server, 'shop', `insert into item values (4, 'written after the restore')`);
    const second = await runToEnd(pod, request);
    expect(second.result).toMatchObject({ outcome: 'succeeded', bytes: first.result.outcome === 'succeeded' && first.result.command === 'restore' ? first.result.bytes : -1 });
    expect(await ids()).toEqual([1, 2, 4]);
  });

  it('drops what killed restores left, and nothing of anybody else', async () => {
    await server.query('postgres', 'create database restore_00000001');
    await server.query('postgres', `create database previous_00000002; `);
    await server.query('postgres', `comment on database previous_00000002 is 'postgres-operator: temporary database of a restore'`);
    onTestFinished(async () => void (await server.query('postgres', 'drop database restore_00000001')));
    expect((await runToEnd(pod, await requestOf(shop))).exitCode).toBe(0);
    expect(await databases(server)).toEqual(['large', 'restore_00000001', 'shop']);
  });
});

/** Changes what the manifest of the pod's dump says, and returns the request for what it says now. */
async function requestWith(change: (manifest: Record<string, unknown>) => Record<string, unknown>): Promise<ReturnType<typeof restoreRequest>> {
  await requestOf(shop);
  const path = join(pod.storage, FOLDER, 'manifest.json');
  const text = JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>));
  await writeFile(path, text);
  return restoreRequest(at('shop'), createHash('sha256').update(text).digest('hex'));
}

describe('before the swap every table is counted', () => {
  it('and the counts are told', async () => {
    const { result } = await runToEnd(pod, await requestOf(shop));
    expect(result).toMatchObject({ outcome: 'succeeded', tables: 1, rows: 2 });
  });

  it.each<[string, { schema: string; table: string; rows: number }[], string]>([
    ['a row too few', [{ schema: 'public', table: 'item', rows: 3 }], 'the restored table public.item has 2 rows, the backup 3'],
    ['a row too many', [{ schema: 'public', table: 'item', rows: 1 }], 'the restored table public.item has 2 rows, the backup 1'],
    ['a table too few', [{ schema: 'public', table: 'we"ird', rows: 0 }], 'the restored database has no table public."we""ird"'],
  ])('and with %s the database is left alone', async (_what, counts, words) => {
    const { result, exitCode } = await runToEnd(pod, await requestWith((manifest) => ({ ...manifest, tables: counts })));
    expect(result).toMatchObject({ reason: 'RestoreFailed', message: expect.stringContaining(words) as string });
    expect(exitCode).toBe(20);
    await expectUntouched();
  });

  it('also those that hide rows, inherit, or are partitions', async () => {
    await createDatabase(server, 'odd');
    onTestFinished(async () => void (await server.query('postgres', 'drop database odd')));
    await asOwner(
      server,
      'odd',
      `alter table item enable row level security; alter table item force row level security;
       create table parent (id int); create table child () inherits (parent); insert into parent values (1); insert into child values (2), (3);
       create table part (id int) partition by hash (id);
       create table "part 1" partition of part for values with (modulus 2, remainder 0);
       create table part_2 partition of part for values with (modulus 2, remainder 1);
       insert into part select generate_series(1, 100);
       create table no_columns (); insert into no_columns select from generate_series(1, 4)`,
    );
    const dumped = await runToEnd(pod, dumpRequest(at('odd')));
    if (dumped.result.outcome !== 'succeeded' || dumped.result.command !== 'dump') throw new Error(dumped.log);
    const { result, log } = await runToEnd(pod, restoreRequest(at('odd'), dumped.result.manifestSha256));
    expect(result, log).toMatchObject({ outcome: 'succeeded', tables: 6, rows: 2 + 1 + 2 + 100 + 4 });
  });

  it('unless the backup is of a version that did not count', async () => {
    const request = await requestWith(({ tables: _tables, rows: _rows, ...manifest }) => manifest);
    const { result } = await runToEnd(pod, request);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(result).not.toHaveProperty('tables');
    await expectRestored();
  });
});

describe('a restore that is refused leaves the database alone', () => {
  const file = (name: string): string => join(pod.storage, FOLDER, name);

  it.each<[string, string, () => Promise<unknown>]>([
    ['a truncated dump', 'BackupCorrupt', () => truncate(file('dump.pgcustom.zst'), 200)],
    ['one flipped bit', 'BackupCorrupt', () => flipBit(file('dump.pgcustom.zst'))],
    ['another manifest', 'BackupCorrupt', () => flipBit(file('manifest.json'))],
    ['no manifest', 'BackupMissing', () => rm(file('manifest.json'))],
  ])('for %s', async (_what, reason, damage) => {
    const request = await requestOf(shop);
    await damage();
    const { result, exitCode } = await runToEnd(pod, request);
    expect(result).toMatchObject({ outcome: 'failed', reason, retryable: false });
    expect(exitCode).toBe(20);
    await expectUntouched();
  });

  it('for a prepared transaction, which PostgreSQL would not let go', async () => {
    const session = await server.connect('shop');
    await session.query(`begin; create table held (); prepare transaction 'held''one'`);
    await session.end();
    const { result } = await runToEnd(pod, await requestOf(shop));
    await server.query('shop', `rollback prepared 'held''one'`);
    expect(result).toMatchObject({ reason: 'SwapFailed', retryable: false, message: expect.stringContaining(`'held''one'`) as string });
    await expectUntouched();
  });

  it('for a database of that name that is not ours', async () => {
    await server.query('postgres', 'create database restore_feedc0de');
    const { result } = await runToEnd(pod, await requestOf(shop));
    await server.query('postgres', 'drop database restore_feedc0de');
    expect(result).toMatchObject({ reason: 'RestoreFailed', message: expect.stringContaining('restore_feedc0de') as string });
    await expectUntouched();
  });

  it('for content that does not load, in the words of pg_restore', async () => {
    await server.query('postgres', 'create role auditor');
    await createDatabase(server, 'broken');
    await asOwner(server, 'broken', 'create policy p on item to auditor');
    const broken = await dumpOf('broken');
    await server.query('postgres', 'drop database broken');
    await server.query('postgres', 'drop role auditor');
    const { result } = await runToEnd(pod, await requestOf(broken));
    expect(result).toMatchObject({ reason: 'RestoreFailed', retryable: false, message: expect.stringContaining('role "auditor" does not exist') as string });
    await expectUntouched();
  });
});

describe('a restore that is broken off while it loads leaves the database alone', () => {
  it('by SIGTERM', async () => {
    const runner = startRunner(pod, await requestOf(large));
    await copying(server);
    runner.child.kill('SIGTERM');
    const { result, exitCode } = await runner.ended;
    expect(result).toMatchObject({ reason: 'Cancelled' });
    expect(exitCode).toBe(143);
    await expectUntouched();
  });

  it('by the end of pg_restore', async () => {
    const runner = startRunner(pod, await requestOf(large));
    await copying(server);
    process.kill(await until('pg_restore', () => childNamed(runner.child.pid, 'pg_restore')), 'SIGKILL');
    expect((await runner.ended).result).toMatchObject({ reason: 'RestoreFailed', retryable: true });
    await expectUntouched();
  });

  it('by the server', async () => {
    const runner = startRunner(pod, await requestOf(large));
    await server.query('postgres', 'select pg_terminate_backend($1)', [await copying(server)]);
    expect((await runner.ended).result).toMatchObject({ reason: 'ServerUnreachable', retryable: true });
    await expectUntouched();
  });

  it('by the death of the runner; the next one starts over', async () => {
    const request = await requestOf(large);
    const runner = startRunner(pod, request);
    await copying(server);
    runner.child.kill('SIGKILL');
    await runner.ended;
    expect(await ids()).toEqual([1, 2, 3]);
    expect((await runToEnd(pod, request)).exitCode).toBe(0);
    expect(await tables()).toEqual(['big', 'item']);
    await expectRestored();
  });
});

describe('the swap', () => {
  /** Someone who changes the live database's comment, and takes his time: no rename gets past him. */
  const hold = async (): Promise<Client> => {
    const session = await server.connect('postgres');
    await session.query(`begin; comment on database shop is 'held'`);
    return session;
  };
  const renameWaits = (): Promise<boolean> =>
    until('the rename to wait', async () => (await server.query('postgres', `select 1 from pg_locks where locktype = 'object' and mode = 'AccessExclusiveLock' and not granted`)).length > 0);

  it('shows clients a short gap, of refused connections only', async () => {
    const request = await requestOf(large);
    const clients = [clientEvery(10, () => server.connect('shop', 'owner')), await sessionsBehind(10, () => server.connect('shop', 'owner'))];
    const { result, log } = await runToEnd(pod, request);
    const seen = await Promise.all(clients.map((client) => client.stop()));
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
    const gap = Math.max(...seen.map(({ longestGap }) => longestGap));
    console.log('outage', { runner: result.outcome === 'succeeded' && result.command === 'restore' ? result.outageMilliseconds : undefined, gap, ...seen });
    // Ended by us; gone while connecting, because the name had just changed; cut off.
    expect(seen.flatMap(({ errors }) => errors).filter((code) => !['57P01', '3D000', 'broken'].includes(code))).toEqual([]);
    expect(gap).toBeLessThan(1000);
    await expectRestored();
  });

  it('waits for those who hold the database, and lets others in meanwhile', async () => {
    const holder = await hold();
    const runner = startRunner(pod, await requestOf(shop));
    await renameWaits();
    const client = await server.connect('shop');
    await client.end();
    await holder.query('rollback');
    await holder.end();
    expect((await runner.ended).result).toMatchObject({ outcome: 'succeeded' });
    await expectRestored();
  });

  it('is not half done when the runner dies in it, and nobody is kept out', async () => {
    const request = await requestOf(shop);
    const holder = await hold();
    const runner = startRunner(pod, request);
    await renameWaits();
    runner.child.kill('SIGKILL');
    await runner.ended;
    const diedAt = Date.now();
    expect(await ids()).toEqual([1, 2, 3]);
    expect(Date.now() - diedAt).toBeLessThan(1500);
    await holder.query('rollback');
    await holder.end();
    expect(await ids()).toEqual([1, 2, 3]);
    expect((await runToEnd(pod, request)).exitCode).toBe(0);
    await expectRestored();
  });

  it('is finished by the next run when the runner dies right after it', async () => {
    const request = await requestOf(shop);
    const holder = await hold();
    const runner = startRunner(pod, request);
    await renameWaits();
    // From now on no setting of a database can be written: the runner stops after the swap, before it drops the previous one.
    const settings = await server.connect('postgres');
    await settings.query('begin; lock table pg_db_role_setting in share mode');
    await holder.query('rollback');
    await holder.end();
    await until('the swap', async () => (await databases(server)).includes('previous_feedc0de'));
    runner.child.kill('SIGKILL');
    await runner.ended;
    await until('the end of its last statement', async () => (await server.query('postgres', 'select 1 from pg_locks where not granted')).length === 0);
    await settings.query('rollback');
    await settings.end();
    await asOwner(server, 'shop', `insert into item values (4, 'written after the swap')`);
    const { result } = await runToEnd(pod, request);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(result).not.toHaveProperty('outageMilliseconds');
    expect(await ids()).toEqual([1, 2, 4]);
    expect(await databases(server)).toEqual(['large', 'shop']);
  });
});

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
