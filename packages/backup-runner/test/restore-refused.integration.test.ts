// What a restore refuses before anything is written, each in its own words.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RestoreRequest } from '@postgres-operator/api';
import { requireEmpty } from '../src/restore/fit.ts';
import { backUpAndGoOn, useRig, type Rig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { asOwner, databases } from './stories.ts';

const rig = useRig(['wal_level=logical']);
const MIB = 1024 * 1024;

/** Changes the manifest in the pod's storage, and the digest in the request with it. */
async function withManifest({ pod, request }: Rig, change: (manifest: Record<string, unknown>) => object): Promise<RestoreRequest> {
  const path = join(pod.storage, 'shop/db/nightly-0a1b2c3d/manifest.json');
  const text = JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>));
  await writeFile(path, text);
  const { source, ...rest } = request();
  return { ...rest, source: { ...(source as Extract<RestoreRequest['source'], { path: string }>), manifestSha256: createHash('sha256').update(text).digest('hex') } };
}

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
  const { result } = await runToEnd(rig().pod, rig().request({ source: { location: 'pvc://backups/shop/db/nightly-0a1b2c3d', path: 'shop/db/nightly-0a1b2c3d' } }));
  expect(result).toMatchObject({ outcome: 'succeeded', tables: 1, rows: 2, backup: { namespace: 'shop', name: 'nightly' }, sourceVersion: expect.stringMatching(/^15\./) as string });
});
