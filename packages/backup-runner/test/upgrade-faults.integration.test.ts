// What may go wrong with an upgrade: writes past the fence, the wrong server, what does not load, a runner that dies. Always the old server in full,
// or the new one in full.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DumpSucceeded, UpgradeLoadRequest, UpgradeLoadSucceeded, UpgradePrepareSucceeded, UpgradeVerifySucceeded } from '@postgres-operator/api';
import { FAILPOINT_VARIABLE } from '../src/failpoint.ts';
import { layMajors, type Majors } from './majors.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { makePod, runToEnd, startRunner, type Ended } from './runner.ts';
import { asOwner, createDatabase, databases, quiet, until } from './stories.ts';
import { leave, requests, succeeded, type UpgradeRequests, type UpgradeRig } from './upgrade-rig.ts';

let majors: Majors;
let rig: UpgradeRig;
let ask: UpgradeRequests;

beforeAll(async () => {
  majors = await layMajors(14);
});
afterAll(() => majors.remove());

async function setUp(): Promise<void> {
  const [old, pod] = await Promise.all([startPostgres([], majors.server(14)), makePod()]);
  rig = { old, pod, database: 'shop' };
  ask = requests(rig);
  await createDatabase(old, 'shop');
  await asOwner(old, 'shop', 'create sequence tickets');
}
const tearDown = (): Promise<unknown> => Promise.all([rig.old.stop(), rig.pod.remove()]);

const prepare = async (): Promise<UpgradePrepareSucceeded> => succeeded(await runToEnd(rig.pod, ask.prepare()), 'upgradePrepare');
const verify = async (): Promise<UpgradeVerifySucceeded> => succeeded(await runToEnd(rig.pod, ask.verify()), 'upgradeVerify');

describe('after the sessions were ended', () => {
  beforeAll(setUp);
  afterAll(tearDown);

  it.each([
    { what: 'a row', sql: `insert into item values (3, 'late')` },
    { what: 'a row that is gone again', sql: 'delete from item where id = 3' },
    { what: 'a truncated table', sql: 'truncate item' },
    { what: 'a new table', sql: 'create table late ()' },
    { what: 'a number of a sequence', sql: `select nextval('tickets')` },
    { what: 'a large object', sql: 'select lo_create(0)' },
    { what: 'a role', sql: 'create role late' },
    { what: 'a setting of the database', sql: `alter database shop set work_mem = '9MB'` },
    { what: 'a setting of ALTER SYSTEM', sql: `alter system set work_mem = '9MB'` },
  ])('$what is found', async ({ sql }) => {
    await prepare();
    // Still connected: what a session did it tells at its end.
    const client = await rig.old.connect('shop');
    await client.query(sql);
    expect((await verify()).findings).toMatchObject([{ reason: 'WrittenSince' }]);
    await client.end().catch(() => undefined);
  });

  it('a prepared transaction is found', async () => {
    await prepare();
    await rig.old.query('shop', `begin; create table half (); prepare transaction 'half'`);
    expect((await verify()).findings).toMatchObject([{ reason: 'WrittenSince', message: expect.stringContaining(`'half' in shop`) as string }]);
    await rig.old.query('shop', `rollback prepared 'half'`);
  });

  it('what the server cleans by itself is no write', async () => {
    await rig.old.query('shop', `insert into item select n, 'x' from generate_series(10, 5000) n; delete from item where id > 4000`);
    await prepare();
    await rig.old.query('shop', 'vacuum analyze');
    expect((await verify()).findings).toEqual([]);
  });

  it('reading is no write', async () => {
    await prepare();
    await rig.old.query('shop', 'select * from item');
    expect((await verify()).findings).toEqual([]);
  });
});

describe('preparing', () => {
  beforeAll(setUp);
  afterAll(tearDown);

  it('ends who is connected, in a transaction too, whoever it is', async () => {
    const clients = await Promise.all([rig.old.connect('shop', 'owner'), rig.old.connect('postgres'), rig.old.connect('shop')]);
    await clients[0].query(`begin; insert into item values (99, 'not committed')`);
    expect((await prepare()).sessionsEnded).toBe(3);
    for (const client of clients) await expect(client.query('select 1')).rejects.toThrow();
    expect(await rig.old.query('shop', 'select id from item where id = 99')).toEqual([]);
  });

  it('refuses what has begun since the check', async () => {
    await rig.old.query('shop', `begin; insert into item values (98, 'held'); prepare transaction 'held'`);
    expect((await runToEnd(rig.pod, ask.prepare())).result).toMatchObject({ outcome: 'failed', reason: 'UpgradeFailed', message: expect.stringContaining(`'held' in shop`) as string });
    await rig.old.query('shop', `rollback prepared 'held'`);
  });

  it('a verification without it fails', async () => {
    await rig.old.query('postgres', `copy (select 1) to program 'rm -rf ${rig.old.folder}/.upgrade'`);
    expect((await runToEnd(rig.pod, ask.verify())).result).toMatchObject({ outcome: 'failed', reason: 'HandoverMissing' });
  });
});

describe('a new server is not filled', () => {
  let fresh: PostgresServer;
  let dumped: DumpSucceeded;

  beforeAll(async () => {
    fresh = await startPostgres([], majors.server(15));
    await fresh.query('postgres', 'create database shop');
  });
  afterAll(() => fresh.stop());
  beforeEach(setUp);
  afterEach(async () => {
    expect(await databases(fresh)).toEqual(['shop']);
    expect(await fresh.query('shop', 'select count(*)::int as n from pg_tables where schemaname = \'public\'')).toEqual([{ n: 0 }]);
    await tearDown();
  });

  const beginning = async (): Promise<void> => {
    await prepare();
    dumped = succeeded(await runToEnd(rig.pod, ask.dump(15)), 'dump');
  };
  const load = async (to = fresh, changes: Partial<UpgradeLoadRequest> = {}): Promise<Ended['result']> => (await runToEnd(rig.pod, ask.load(to, dumped, changes))).result;

  it('when something was written after the verification', async () => {
    await beginning();
    expect((await verify()).findings).toEqual([]);
    await rig.old.query('shop', `insert into item values (3, 'late')`);
    await rig.old.shutDown();
    expect(await load()).toMatchObject({ reason: 'WrittenSince', retryable: false });
  });

  it('when nothing was verified', async () => {
    await beginning();
    await rig.old.shutDown();
    expect(await load()).toMatchObject({ reason: 'HandoverMissing', message: expect.stringContaining('not verified') as string });
  });

  it('when it was prepared again after the backup', async () => {
    await beginning();
    await rig.old.query('shop', `insert into item values (3, 'late')`);
    await prepare();
    await verify();
    await rig.old.shutDown();
    expect(await load()).toMatchObject({ reason: 'WrittenSince', message: expect.stringContaining('the old server took writes') as string });
  });

  it('when the old server still runs, or has crashed', async () => {
    await beginning();
    await verify();
    expect(await load()).toMatchObject({ reason: 'HandoverMissing', message: expect.stringContaining('was not shut down cleanly') as string });
  });

  it('when it is the old one', async () => {
    await beginning();
    await verify();
    expect(await load(rig.old)).toMatchObject({ reason: 'NotTheNewServer' });
    expect(await rig.old.query('shop', 'select count(*)::int as n from item')).toEqual([{ n: 2 }]);
  });

  it('when it is another database', async () => {
    dumped = await leave(rig, 15);
    expect(await load(fresh, { object: { kind: 'Database', namespace: 'shop', name: 'other', uid: 'eeeeeeee-0000-4000-8000-000000000000' } })).toMatchObject({ reason: 'HandoverMissing' });
  });

  it('when the database holds something already', async () => {
    dumped = await leave(rig, 15);
    await fresh.query('shop', 'create schema mine');
    expect(await load()).toMatchObject({ reason: 'TargetNotEmpty' });
    await fresh.query('shop', 'drop schema mine');
  });

  it('when the backup is another one', async () => {
    dumped = await leave(rig, 15);
    const { source } = ask.load(fresh, dumped);
    expect(await load(fresh, { source: { ...source, manifestSha256: 'f'.repeat(64) } })).toMatchObject({ reason: 'BackupCorrupt' });
  });

  it('with what does not load in the new major', async () => {
    await asOwner(
      rig.old,
      'shop',
      `create function fits(n int) returns bool language plpgsql immutable as $$ begin return current_setting('server_version_num')::int < 150000; end $$;
       create table picky (n int check (public.fits(n))); insert into picky values (1)`,
    );
    dumped = await leave(rig, 15);
    expect(await load()).toMatchObject({ reason: 'RestoreFailed', message: expect.stringContaining('picky') as string });
    await fresh.query('postgres', 'drop database restore_dddddddd');
  });
});

describe('the runner dies', () => {
  const BEFORE = ['look', 'verify', 'roles', 'create', 'load', 'count', 'mappings', 'copy', 'settings', 'record'];
  let fresh: PostgresServer;
  let dumped: DumpSucceeded;

  beforeAll(async () => {
    await setUp();
    await rig.old.query('postgres', `create role app login password 'secret'`);
    await rig.old.query('postgres', `alter system set work_mem = '9MB'`);
    dumped = await leave(rig, 15);
    fresh = await startPostgres([], majors.server(15));
    await fresh.query('postgres', 'create database shop');
  });
  afterAll(async () => {
    await fresh.stop();
    await tearDown();
  });

  const killedAt = (place: string): Promise<Ended> => startRunner(rig.pod, ask.load(fresh, dumped), [], { [FAILPOINT_VARIABLE]: `${place}:kill` }).ended;
  const tables = (): Promise<Record<string, unknown>[]> => fresh.query('shop', `select tablename from pg_tables where schemaname = 'public'`);

  it.each(BEFORE)('after %s: the database is the empty one still', async (place) => {
    expect((await killedAt(`after-${place}`)).exitCode).toBeNull();
    expect(await tables()).toEqual([]);
  });

  it('while it loads: the next one begins anew', async () => {
    // However fast it loads: nobody renames a database that somebody is changing.
    const holder = await fresh.connect('postgres');
    await holder.query(`begin; comment on database shop is 'held'`);
    const made = async (): Promise<unknown> => (await fresh.query('postgres', `select oid from pg_database where datname = 'restore_dddddddd' and datallowconn`))[0]?.['oid'];
    const leftover = await made();
    const running = startRunner(rig.pod, ask.load(fresh, dumped));
    await until('a new database', async () => ![undefined, leftover].includes(await made()));
    running.child.kill('SIGKILL');
    await running.ended;
    await quiet(fresh);
    await holder.end();
    expect(await tables()).toEqual([]);
  });

  it.each(['swap', 'drop'])('after %s: the new one is there in full', async (place) => {
    await killedAt(`after-${place}`);
    expect(await tables()).toEqual([{ tablename: 'item' }]);
  });

  it('and the next run says what the others could not: there is nothing but what there was', async () => {
    const loaded = succeeded<UpgradeLoadSucceeded>(await runToEnd(rig.pod, ask.load(fresh, dumped)), 'upgradeLoad');
    expect(loaded).toMatchObject({ tables: 1, rows: 2 });
    expect(await databases(fresh)).toEqual(['shop']);
    expect(await fresh.query('shop', `select current_setting('work_mem') as memory`)).toEqual([{ memory: '9MB' }]);
    expect(await fresh.query('shop', `select count(*)::int as n from pg_authid where rolname = 'app' and rolpassword like 'SCRAM%'`)).toEqual([{ n: 1 }]);
  });
});
