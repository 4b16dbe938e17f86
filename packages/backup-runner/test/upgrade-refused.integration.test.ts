// What stands in the way of an upgrade is named before anything is done.
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UpgradeCheckRequest, UpgradeCheckSucceeded, UpgradeReason } from '@postgres-operator/api';
import { layMajors, type Majors } from './majors.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { makePod, runToEnd, type Pod } from './runner.ts';
import { createDatabase, databases } from './stories.ts';
import { requests, succeeded, type UpgradeRig } from './upgrade-rig.ts';

let majors: Majors;
let old: PostgresServer;
let pod: Pod;
let rig: UpgradeRig;

beforeAll(async () => {
  [majors, pod] = await Promise.all([layMajors(14, 18), makePod()]);
  old = await startPostgres(['wal_level=logical'], majors.server(14));
  rig = { old, pod: { ...pod, environment: { ...pod.environment, toolsFolder: majors.tools } }, database: 'shop' };
});
afterAll(() => Promise.all([old.stop(), majors.remove(), pod.remove()]));
beforeEach(async () => {
  for (const name of await databases(old)) await old.query('postgres', `drop database "${name}" with (force)`);
  await createDatabase(old, 'shop');
});

const check = async (changes: Partial<UpgradeCheckRequest> = {}, toMajor = 18): Promise<UpgradeCheckSucceeded> => succeeded(await runToEnd(rig.pod, requests(rig).check(toMajor, changes)), 'upgradeCheck');

interface Refused {
  readonly what: string;
  /** Statement and database where it is made, and the statement that takes it away where dropping the database does not. */
  readonly sql: readonly string[];
  readonly at?: string;
  readonly undo?: readonly string[];
  readonly changes?: Partial<UpgradeCheckRequest>;
  readonly reason: UpgradeReason;
  readonly names: string;
}

describe('an upgrade is refused for', () => {
  it.each<Refused>([
    { what: 'another database', sql: ['create database other'], at: 'postgres', reason: 'OtherDatabases', names: '"other"' },
    { what: 'a database that a Restore replaced', sql: ['create database previous_feedc0de'], at: 'postgres', reason: 'OtherDatabases', names: 'dropped by itself at its keptUntil' },
    { what: 'a table in the database postgres', sql: ['create table stray ()'], at: 'postgres', undo: ['drop table stray'], reason: 'OtherDatabases', names: 'public.stray' },
    { what: 'an extension in the database postgres', sql: ['create extension pg_trgm'], at: 'postgres', undo: ['drop extension pg_trgm'], reason: 'OtherDatabases', names: 'extension pg_trgm' },
    { what: 'a prepared transaction', sql: [`begin; insert into item values (3); prepare transaction 'it''s'`], undo: [`rollback prepared 'it''s'`], reason: 'PreparedTransactions', names: `'it''s' in shop` },
    { what: 'a logical slot', sql: [`select pg_create_logical_replication_slot('reader', 'pgoutput')`], undo: [`select pg_drop_replication_slot('reader')`], reason: 'LogicalSlots', names: 'reader' },
    {
      what: 'a subscription',
      sql: [`create subscription "My sub" connection 'host=nowhere' publication p with (connect = false)`],
      undo: ['alter subscription "My sub" set (slot_name = none)', 'drop subscription "My sub"'],
      reason: 'Subscriptions',
      names: '"My sub"',
    },
    { what: 'an extension that the new image lacks', sql: ['create extension hstore'], changes: { targetExtensions: ['plpgsql', 'citext'] }, reason: 'ExtensionsMissing', names: 'hstore' },
    { what: 'a locale that the new image lacks', sql: ['create collation swiss (lc_collate = "C.UTF-8", lc_ctype = "C.UTF-8")'], changes: { targetLocales: ['C', 'en_US.utf8'] }, reason: 'LocaleMissing', names: `'C.UTF-8'` },
    { what: 'a view of a column that is gone', sql: ['create schema "Mon"; create view "Mon".writer as select * from pg_stat_bgwriter'], reason: 'ObjectsIncompatible', names: '"Mon".writer (pg_stat_bgwriter.buffers_backend)' },
    { what: 'a view that calls a function that is gone', sql: ['create view state as select pg_is_in_backup() as busy'], reason: 'ObjectsIncompatible', names: 'public.state (pg_is_in_backup)' },
    { what: 'a file in the data directory', sql: [`alter system set ssl_cert_file = 'my.crt'`], undo: ['alter system reset all'], reason: 'SettingsNotCarried', names: 'ssl_cert_file' },
    { what: 'a path into the data directory', sql: [`alter system set archive_command = 'cp %p FOLDER/x'`], undo: ['alter system reset all'], reason: 'SettingsNotCarried', names: 'archive_command' },
    { what: 'too small a volume', sql: [], changes: { volumeBytes: 50 * 2 ** 20 }, reason: 'InsufficientSpace', names: 'the volume has 50 MiB' },
  ])('$what', async ({ sql, at = 'shop', undo = [], changes = {}, reason, names }) => {
    for (const statement of sql) await old.query(at, statement.replace('FOLDER', old.data));
    try {
      const { findings } = await check(changes);
      expect(findings.map((finding) => finding.reason)).toEqual([reason]);
      expect(findings[0]?.message).toContain(names);
    } finally {
      for (const statement of undo) await old.query(at, statement);
    }
  });

  it('a tablespace', async () => {
    const folder = `${old.folder}/space`;
    await old.query('postgres', `copy (select 1) to program 'mkdir ${folder}'`);
    await old.query('postgres', `create tablespace fast location '${folder}'`);
    try {
      expect((await check()).findings).toMatchObject([{ reason: 'Tablespaces', message: expect.stringContaining('fast') as string }]);
    } finally {
      await old.query('postgres', 'drop tablespace fast');
      await rm(folder, { recursive: true });
    }
  });

  it('a major that this runner has no client for', async () => {
    expect((await check({}, 19)).findings).toMatchObject([{ reason: 'ClientTooOld', message: expect.stringContaining('needs a client of 19') as string }]);
  });

  it('a major that is no newer', async () => {
    expect((await runToEnd(rig.pod, requests(rig).check(14))).result).toMatchObject({ outcome: 'failed', reason: 'InvalidRequest' });
  });
});

describe('an upgrade is not refused', () => {
  it('for what it carries, what the operator has there itself, and what is there for every server', async () => {
    await old.query('postgres', 'create schema if not exists database_operator; create table if not exists database_operator.consistency_check (id int)');
    await old.query('postgres', 'create database restore_feedc0de');
    await old.query('postgres', `comment on database restore_feedc0de is 'postgres-operator: temporary database of a restore'`);
    await old.query('shop', `create extension hstore; create publication p for table item; create view fine as select stats_reset from pg_stat_bgwriter; select lo_create(0)`);
    const found = await check({ targetExtensions: ['plpgsql', 'hstore'], targetLocales: ['C', 'C.utf8', 'POSIX'], volumeBytes: 2 ** 30 });
    expect(found).toMatchObject({ findings: [], tables: 1, notes: ['publications are carried, and their subscribers have to begin anew: p'], estimateSeconds: 21 });
    expect(found.neededBytes).toBeGreaterThan(found.bytes);
  });

  it('for a view of a column that goes later', async () => {
    await old.query('shop', 'create view writer as select * from pg_stat_bgwriter');
    expect((await check({}, 15)).findings).toEqual([]);
  });

  it('for what somebody may only want to know', async () => {
    await old.query('shop', `alter system set vacuum_defer_cleanup_age = 10`);
    await old.query('shop', `create table numbers (at pg_lsn, by xid8); create function halt() returns text language plpgsql as 'begin return pg_start_backup(null); end'`);
    await old.query('shop', `select pg_create_physical_replication_slot('mirror'), pg_create_physical_replication_slot('standby_1')`);
    try {
      const { findings, notes } = await check();
      expect(findings).toEqual([]);
      expect(notes).toEqual([
        'PostgreSQL 18 does not know these settings, which are not carried: vacuum_defer_cleanup_age',
        'functions name what PostgreSQL 18 does not have, and will fail when they are called: public.halt',
        `columns hold numbers of the old server's transactions or log, which mean nothing on the new one: public.numbers.at, public.numbers.by`,
        'replication slots are not carried: mirror',
      ]);
    } finally {
      await old.query('shop', 'alter system reset all');
      await old.query('shop', `select pg_drop_replication_slot(slot_name) from pg_replication_slots`);
    }
  });
});
