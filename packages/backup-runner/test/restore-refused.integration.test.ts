// What a restore refuses before anything is written, each in its own words; and what it fails over.
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RestoreRequest } from '@postgres-operator/api';
import { requireEmpty } from '../src/restore/fit.ts';
import { FOLDER, backUpAndGoOn, expectUntouched, smallBackup, useRig, withManifest, type Rig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { asOwner, createDatabase, databases } from './stories.ts';

const rig = useRig(['wal_level=logical']);
const MIB = 1024 * 1024;

const target = (targetDatabase: string) => async (rig: Rig): Promise<RestoreRequest> => rig.request({ targetDatabase });

it.each<[string, string, string, (rig: Rig) => Promise<RestoreRequest>]>([
  ['a backup of a newer major', 'ServerTooOld', 'a newer major never goes into an older server', (rig) => withManifest(rig, (manifest) => ({ ...manifest, serverVersion: '16.9' }))],
  ['a part of a database in the place of the whole', 'BackupPartial', 'restore it beside', (rig) => withManifest(rig, (manifest) => ({ ...manifest, selection: { schemas: ['a'] } }))],
  ['another format', 'BackupCorrupt', 'has format 2; this version reads format 1', (rig) => withManifest(rig, (manifest) => ({ ...manifest, formatVersion: 2 }))],
  [
    'an encoding that the database cannot hold',
    'RestoreFailed',
    'encoded in EUC_JP, which the encoding LATIN1',
    async (rig) => {
      await rig.server.query('postgres', `create database latin encoding 'LATIN1' locale 'C' template template0`);
      const request = await withManifest(rig, (manifest) => ({ ...manifest, database: { ...(manifest['database'] as object), encoding: 'EUC_JP' } }));
      return { ...request, server: { ...request.server, database: 'latin' } };
    },
  ],
  ['a name that somebody has', 'TargetExists', 'already has a database "other"', async (rig) => (await rig.server.query('postgres', 'create database other'), target('other')(rig))],
  ['a name that PostgreSQL would cut', 'InvalidRequest', 'has 64 bytes', target('ä'.repeat(32))],
  ['a name of the operator’s own', 'InvalidRequest', 'the operator’s own'.replace('’', "'"), target('restore_00000001')],
  ['the live name as a name beside', 'InvalidRequest', 'is the live database itself', target('shop')],
  ['a part in the place of the whole', 'InvalidRequest', 'name a targetDatabase', async (rig) => rig.request({ selection: { tables: ['item'] } })],
  ['a database that holds something, where it was to be empty', 'TargetNotEmpty', 'holds something already', async (rig) => rig.request({ onlyIfEmpty: true })],
  ['want of space', 'InsufficientSpace', 'mode: Replace', async (rig) => rig.request({ volumeBytes: 8 * MIB })],
  [
    'a logical replication slot',
    'SwapFailed',
    `the logical replication slot 'held''`.slice(0, -1),
    async (rig) => (await rig.server.query('shop', `select pg_create_logical_replication_slot('held', 'test_decoding')`), rig.request()),
  ],
])('a restore is refused for %s', async (_what, reason, words, prepare) => {
  await backUpAndGoOn(rig());
  const request = await prepare(rig());
  const before = await databases(rig().server);
  const { result, exitCode, log } = await runToEnd(rig().pod, request);
  await rig().server.query('postgres', 'select pg_drop_replication_slot(slot_name) from pg_replication_slots');
  expect(result).toMatchObject({ outcome: 'failed', reason, retryable: false });
  expect(result.outcome === 'failed' && result.message, log).toContain(words);
  expect(exitCode).toBe(20);
  expect(log).not.toContain('"loading"');
  expect(await databases(rig().server)).toEqual(before);
  expect(await rig().ids()).toEqual([1, 2, 3]);
});

it('a database that is to be empty, and is, is filled', async () => {
  await backUpAndGoOn(rig());
  await asOwner(rig().server, 'shop', 'drop table item');
  expect((await runToEnd(rig().pod, rig().request({ onlyIfEmpty: true }))).result).toMatchObject({ outcome: 'succeeded' });
  expect(await rig().ids()).toEqual([1, 2]);
});

it('anything that somebody made is content, but for a table of a session', async () => {
  await rig().server.query('postgres', 'create database bare');
  const session = await rig().server.connect('bare');
  const isEmpty = async (): Promise<boolean> => requireEmpty(session, 'bare').then(() => true, () => false);
  try {
    await session.query('create temporary table passing (id int)');
    expect(await isEmpty()).toBe(true);
    for (const what of ['create table t ()', 'create sequence s', 'create schema a', `create type t as enum ('a')`, `create function f() returns int language sql return 1`, 'create extension pg_trgm', 'select lo_create(0)']) {
      await session.query(`begin; ${what}`);
      expect([what, await isEmpty()]).toEqual([what, false]);
      await session.query('rollback');
    }
  } finally {
    await session.end();
  }
});

it('space for a second copy is enough, as far as anybody can say', async () => {
  await backUpAndGoOn(rig());
  expect((await runToEnd(rig().pod, rig().request({ volumeBytes: 1024 * MIB }))).result).toMatchObject({ outcome: 'succeeded' });
});

it('a backup without a Backup object vouches for itself', async () => {
  await backUpAndGoOn(rig());
  const { result } = await runToEnd(rig().pod, rig().request({ source: { location: `pvc://backups/${FOLDER}`, path: FOLDER } }));
  expect(result).toMatchObject({ outcome: 'succeeded', tables: 1, rows: 2, backup: { namespace: 'shop', name: 'nightly' }, sourceVersion: expect.stringMatching(/^15\./) as string });
});

describe('a restore that fails leaves the database alone', () => {
  const file = (name: string): string => join(rig().pod.storage, FOLDER, name);

  it.each<[string, string, () => Promise<unknown>]>([
    ['a truncated dump', 'BackupCorrupt', () => truncate(file('dump.pgcustom.zst'), 200)],
    ['one flipped bit', 'BackupCorrupt', () => flipBit(file('dump.pgcustom.zst'))],
    ['another manifest', 'BackupCorrupt', () => flipBit(file('manifest.json'))],
    ['no manifest', 'BackupMissing', () => rm(file('manifest.json'))],
  ])('for %s', async (_what, reason, damage) => {
    const request = await smallBackup(rig());
    await damage();
    const { result, exitCode } = await runToEnd(rig().pod, request);
    expect(result).toMatchObject({ outcome: 'failed', reason, retryable: false });
    expect(exitCode).toBe(20);
    await expectUntouched(rig());
  });

  it('for a prepared transaction, which PostgreSQL would not let go', async () => {
    const session = await rig().server.connect('shop');
    await session.query(`begin; create table held (); prepare transaction 'held''one'`);
    await session.end();
    const { result } = await runToEnd(rig().pod, await smallBackup(rig()));
    await rig().server.query('shop', `rollback prepared 'held''one'`);
    expect(result).toMatchObject({ reason: 'SwapFailed', retryable: false, message: expect.stringContaining(`'held''one'`) as string });
    await expectUntouched(rig());
  });

  it('for a database of that name that is not ours', async () => {
    await rig().server.query('postgres', 'create database restore_feedc0de');
    const { result } = await runToEnd(rig().pod, await smallBackup(rig()));
    await rig().server.query('postgres', 'drop database restore_feedc0de');
    expect(result).toMatchObject({ reason: 'RestoreFailed', message: expect.stringContaining('restore_feedc0de') as string });
    await expectUntouched(rig());
  });

  it('for content that does not load, in the words of pg_restore', async () => {
    await asOwner(rig().server, 'shop', `insert into item values (3, 'since the backup')`);
    await rig().server.query('postgres', 'create role auditor');
    await createDatabase(rig().server, 'broken');
    await asOwner(rig().server, 'broken', 'create policy p on item to auditor');
    await rig().dump('broken');
    await rig().server.query('postgres', 'drop database broken');
    await rig().server.query('postgres', 'drop role auditor');
    const { result } = await runToEnd(rig().pod, rig().request());
    expect(result).toMatchObject({ reason: 'RestoreFailed', retryable: false, message: expect.stringContaining('role "auditor" does not exist') as string });
    await expectUntouched(rig());
  });
});

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
