// Backups in a bucket: whatever the store or the way to it does, there is a whole backup or none.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { RunResult } from '@postgres-operator/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createServerPki } from '../../../e2e/cluster/pki.ts';
import { startFaultyProxy, type FaultyProxy, type Rule } from '../../../e2e/faulty-proxy/proxy.ts';
import { run } from '../../../e2e/lib/run.ts';
import { BUCKET, KEYS, startObjectStore, type ObjectStore } from './object-store.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, restoreRequest, runToEnd, startRunner, type Ended, type Pod } from './runner.ts';
import { asOwner, createDatabase, databases, until } from './stories.ts';

let server: PostgresServer;
let store: ObjectStore;
let proxy: FaultyProxy;
let pod: Pod;
/** Each story has a prefix of its own. */
let prefix: string;
let stories = 0;
const ROWS = 85_000;

beforeAll(async () => {
  [server, store] = await Promise.all([startPostgres(), startObjectStore()]);
  proxy = await startFaultyProxy({ store: `http://127.0.0.1:${store.port}` });
  await createDatabase(server, 'shop');
  await createDatabase(server, 'large');
  // Three parts: hashes do not compress.
  await asOwner(server, 'large', `create table noise as select n as id, sha512(n::text::bytea) as a, sha512((n * 7919)::text::bytea) as b from generate_series(1, ${ROWS}) n`);
});
afterAll(async () => {
  await proxy.stop();
  await Promise.all([server.stop(), store.stop()]);
});
beforeEach(async () => {
  proxy.obey();
  stories += 1;
  prefix = `prod/shop/db/nightly-${stories}`;
  pod = await makePod();
  onTestFinished(() => pod.remove());
  await setStore({ ...KEYS, AWS_ENDPOINT_URL_S3: proxy.url });
});

async function setStore(files: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(pod.environment.credentialsFolder, 'storage');
  await mkdir(folder, { recursive: true });
  for (const [name, value] of Object.entries(files)) await writeFile(join(folder, name), value);
}

const at = (database: string): { host: string; port: number; database: string } => ({ host: '127.0.0.1', port: server.port, database });
const place = (bucket = BUCKET): { type: 's3'; location: string; bucket: string; prefix: string } => ({ type: 's3', location: `s3://${bucket}/${prefix}`, bucket, prefix });
const requestOf = (database: string): ReturnType<typeof dumpRequest> => dumpRequest(at(database), { destination: place() });
const dump = (database: string): Promise<Ended> => runToEnd(pod, requestOf(database));

/** Keys below the story's prefix, without it and without the random part. */
const names = async (): Promise<string[]> =>
  (await store.keys()).filter((key) => key.startsWith(`${prefix}/`)).map((key) => key.slice(prefix.length + 1).replace(/\.[0-9a-f]{8}\./, '.#.'));
const WHOLE = ['dump.#.pgcustom.zst', 'globals.#.sql.zst', 'manifest.json'];

function digestOf(result: Ended['result']): string {
  if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(JSON.stringify(result));
  return result.manifestSha256;
}

/** Every file that the manifest names is there as it says, and nothing else is. */
async function expectWhole({ result, log }: Ended): Promise<void> {
  expect(result, log).toMatchObject({ outcome: 'succeeded', command: 'dump' });
  expect(await names()).toEqual(WHOLE);
  expect(await store.openUploads()).toEqual([]);
  const { files } = JSON.parse(await readFile(join(store.folder, prefix, 'manifest.json'), 'utf8')) as { files: { storedAs: string; bytes: number; sha256: string }[] };
  for (const { storedAs, bytes, sha256 } of files) {
    const path = join(store.folder, prefix, storedAs);
    expect((await readFile(path)).length).toBe(bytes);
    expect((await run('sha256sum', [path])).stdout).toContain(sha256);
  }
}

async function expectNothing(): Promise<void> {
  expect(await names()).toEqual([]);
  expect(await store.openUploads()).toEqual([]);
}

describe('a dump into a bucket', () => {
  it.each(['shop', 'large'])('of %s is three objects for standard tools', async (database) => {
    const ended = await dump(database);
    await expectWhole(ended);
    expect(proxy.seen('UploadPart')).toBe(database === 'large' ? 3 : 0);
    const [file = ''] = (await store.keys()).filter((key) => key.startsWith(`${prefix}/dump.`));
    const listed = await run('sh', ['-c', 'zstd -dc "$1" | /usr/lib/postgresql/15/bin/pg_restore -f - -t item', 'sh', join(store.folder, file)]);
    expect(listed.stdout).toContain('1\tone\n2\ttwo\n');
    // Made of the parts' checksums, each of which the store has compared.
    const { ChecksumCRC32 } = await store.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: file, ChecksumMode: 'ENABLED' }));
    expect(ChecksumCRC32).toMatch(database === 'large' ? /^[\w+/]{6}==-3$/ : /^[\w+/]{6}==$/);
  });

  it('speaks TLS with a store whose CA only the Secret knows, and with no other', async () => {
    const pki = await createServerPki(['127.0.0.1']);
    const secure = await startFaultyProxy({ store: `http://127.0.0.1:${store.port}`, tls: pki });
    onTestFinished(() => secure.stop());
    await setStore({ AWS_ENDPOINT_URL_S3: secure.url });
    expect((await dump('large')).result).toMatchObject({ reason: 'StorageUnreachable', message: expect.stringMatching(/certificate/) as string });
    await setStore({ AWS_CA_BUNDLE: pki.ca });
    await expectWhole(await dump('large'));
    expect(secure.seen('UploadPart')).toBe(3);
  });

  it('is guarded by checksums that the store compares', async () => {
    const wrong = new PutObjectCommand({ Bucket: BUCKET, Key: 'wrong', Body: 'x', ChecksumCRC32: 'AAAAAA==' });
    await expect(store.client.send(wrong)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it('that is asked for again reports the first', async () => {
    const first = await dump('shop');
    expect((await dump('no longer there')).result).toEqual(first.result);
  });

  it('never takes the place of another Backup', async () => {
    await dump('shop');
    const other = await runToEnd(pod, { ...requestOf('shop'), object: { kind: 'Backup', namespace: 'shop', name: 'other', uid: 'ffffffff-0000-4000-8000-000000000009' } });
    expect(other.result).toMatchObject({ reason: 'StorageFailed', message: expect.stringContaining('shop/nightly') as string });
  });

  it.each<[string, Rule]>([
    ['the store is busy', { on: 'UploadPart', fault: { answer: 503, code: 'SlowDown' }, times: 2 }],
    ['the store stumbles at the beginning', { on: 'CreateMultipartUpload', fault: { answer: 500, code: 'InternalError' }, times: 1 }],
    ['a connection breaks within a part', { on: 'UploadPart', fault: 'reset', skip: 1, times: 1 }],
    ['a part changes on its way', { on: 'UploadPart', fault: 'flip a bit', skip: 1, times: 1 }],
    ['the store is slow', { on: 'UploadPart', fault: { delayMs: 400 } }],
    ['the store says 200 and means an error', { on: 'CompleteMultipartUpload', fault: { answer: 200, code: 'InternalError' }, times: 1 }],
    ['the answer to the last step is lost', { on: 'CompleteMultipartUpload', fault: 'lose the answer', times: 1 }],
    ['the answer to a small object is lost', { on: 'PutObject', fault: 'lose the answer', times: 1 }],
    ['the answer to the manifest is lost', { on: 'PutManifest', fault: 'lose the answer', times: 1 }],
  ])('is whole though %s', async (_what, rule) => {
    proxy.obey(rule);
    await expectWhole(await dump('large'));
  });

  it.each<[string, RunResult, Rule]>([
    ['the store stays busy', failed('StorageUnreachable', true), { on: 'UploadPart', fault: { answer: 503, code: 'SlowDown' }, skip: 1 }],
    ['the store cannot complete it', failed('StorageUnreachable', true), { on: 'CompleteMultipartUpload', fault: { answer: 500, code: 'InternalError' } }],
    ['the store says 200 and means an error, each time', failed('StorageUnreachable', true), { on: 'CompleteMultipartUpload', fault: { answer: 200, code: 'InternalError' } }],
    ['every connection breaks', failed('StorageUnreachable', true), { on: 'UploadPart', fault: 'reset' }],
    ['the permission ends half-way', failed('StorageDenied', false), { on: 'UploadPart', fault: { answer: 403, code: 'AccessDenied' }, skip: 2 }],
    ['the quota is full', failed('StorageFull', false), { on: 'UploadPart', fault: { answer: 507, code: 'QuotaExceeded' }, skip: 2 }],
    ['every part changes on its way', failed('StorageFailed', true), { on: 'UploadPart', fault: 'flip a bit' }],
    ['the store has stored something else', failed('StorageFailed', false), { on: 'UploadPart', fault: 'wrong ETag', skip: 1, times: 1 }],
    ['the name is taken', failed('StorageFailed', true), { on: 'CompleteMultipartUpload', fault: { answer: 412, code: 'PreconditionFailed' } }],
    ['another attempt was first', failed('StorageFailed', true), { on: 'PutManifest', fault: { answer: 412, code: 'PreconditionFailed' } }],
    ['the manifest is not written', failed('StorageUnreachable', true), { on: 'PutManifest', fault: { answer: 503, code: 'ServiceUnavailable' } }],
    ['the manifest reads back differently', failed('StorageFailed', true), { on: 'GetManifest', fault: 'flip a bit', skip: 1, times: 1 }],
  ])('is none when %s', async (_what, expected, rule) => {
    const before = await store.keys();
    proxy.obey(rule);
    const { result, log } = await dump('large');
    expect(result, log).toMatchObject(expected);
    expect(proxy.seen(rule.on)).toBeLessThan(20);
    await expectNothing();
    expect(await store.keys()).toEqual(before);
  });

  it('is asked for once, not again and again, where the answer is no', async () => {
    proxy.obey({ on: 'CreateMultipartUpload', fault: { answer: 403, code: 'AccessDenied' } });
    expect((await dump('large')).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
    expect(proxy.seen('CreateMultipartUpload')).toBe(1);
  });
});

function failed(reason: string, retryable: boolean): RunResult {
  return { v: 1, outcome: 'failed', reason, message: expect.stringContaining('s3://backups/') as string, retryable };
}

describe('a dump into a bucket that cannot begin', () => {
  it('for want of the bucket', async () => {
    const { result } = await runToEnd(pod, dumpRequest(at('shop'), { destination: place('nowhere') }));
    expect(result).toMatchObject({ reason: 'StorageFailed', retryable: false, message: expect.stringContaining('NoSuchBucket') as string });
  });

  it('for a wrong secret', async () => {
    await setStore({ AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect((await dump('shop')).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
  });

  it('for want of a store', async () => {
    await setStore({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' });
    expect((await dump('shop')).result).toMatchObject({ reason: 'StorageUnreachable', retryable: true });
  });

  it('for a prefix that leads elsewhere', async () => {
    prefix = 'prod/../other';
    expect((await dump('shop')).result).toMatchObject({ reason: 'InvalidRequest' });
  });
});

describe('a dump into a bucket that is broken off', () => {
  /** Starts a dump and waits until its parts arrive, the store being slow. */
  async function uploading(): Promise<ReturnType<typeof startRunner>> {
    proxy.obey({ on: 'UploadPart', fault: { delayMs: 400 } });
    const runner = startRunner(pod, requestOf('large'));
    await until('a part', () => proxy.seen('UploadPart') > 1);
    return runner;
  }

  it('by SIGTERM leaves nothing', async () => {
    const runner = await uploading();
    runner.child.kill('SIGTERM');
    const { result, exitCode } = await runner.ended;
    expect(result).toMatchObject({ reason: 'Cancelled' });
    expect(exitCode).toBe(143);
    await expectNothing();
  });

  it('by the death of the runner leaves no object, and the next one gives up its parts', async () => {
    const runner = await uploading();
    runner.child.kill('SIGKILL');
    await runner.ended;
    expect(await store.openUploads()).toHaveLength(1);
    expect(await names()).toEqual([]);
    await expectWhole(await dump('shop'));
  });

  it('by its death before the manifest leaves objects that the next one removes, and nobody else’s', async () => {
    await mkdir(join(store.folder, prefix), { recursive: true });
    for (const name of ['dump.deadbeef.pgcustom.zst', 'globals.deadbeef.sql.zst', 'notes.txt']) await writeFile(join(store.folder, prefix, name), 'x');
    expect((await dump('shop')).result).toMatchObject({ outcome: 'succeeded' });
    expect(await names()).toEqual([...WHOLE, 'notes.txt']);
  });

  it('by another attempt at the same backup: one of them wins whole', async () => {
    const ended = await Promise.all([dump('large'), dump('large')]);
    const winner = ended.find(({ result }) => result.outcome === 'succeeded');
    if (winner === undefined) throw new Error(ended.map(({ log }) => log).join('\n'));
    await expectWhole(winner);
    for (const { result } of ended) if (result.outcome !== 'succeeded') expect(result).toMatchObject({ reason: 'StorageFailed' });
  });
});

describe('a restore from a bucket', () => {
  let manifestSha256: string;
  const restore = (): Promise<Ended> => runToEnd(pod, restoreRequest(at('live'), manifestSha256, { source: { ...place(), manifestSha256 } }));
  const file = async (name: string): Promise<string> => join(store.folder, (await store.keys()).find((key) => key.startsWith(`${prefix}/${name}.`)) ?? '');

  beforeAll(async () => {
    await createDatabase(server, 'live');
  });
  beforeEach(async () => {
    manifestSha256 = digestOf((await dump('shop')).result);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a changed dump', 'BackupCorrupt', async () => writeFile(await file('dump'), 'x')],
    ['a dump that changes on its way', 'BackupCorrupt', async () => proxy.obey({ on: 'GetObject', fault: 'flip a bit' })],
    ['another manifest', 'BackupCorrupt', async () => writeFile(await file('manifest'), '{}')],
    ['a manifest of another backup', 'BackupCorrupt', async () => void (manifestSha256 = '0'.repeat(64))],
    ['no manifest', 'BackupMissing', async () => void (prefix = `${prefix}-other`)],
    ['a store that is not there', 'StorageUnreachable', async () => setStore({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' })],
    ['a store that refuses', 'StorageDenied', async () => proxy.obey({ on: 'GetObject', fault: { answer: 403, code: 'AccessDenied' } })],
  ])('leaves the database alone for %s', async (_what, reason, spoil) => {
    await spoil();
    expect((await restore()).result).toMatchObject({ outcome: 'failed', reason });
    expect(await server.query('live', 'select count(*)::int as n from item')).toEqual([{ n: 2 }]);
    expect(await databases(server)).toEqual(['large', 'live', 'shop']);
  });

  // Last: afterwards the database is the restored one.
  it('goes on where a connection breaks, as often as it does, and brings everything back', async () => {
    prefix = `${prefix}-large`;
    manifestSha256 = digestOf((await dump('large')).result);
    proxy.obey({ on: 'GetObject', fault: 'cut the answer', skip: 0, times: 1 }, { on: 'GetObject', fault: 'cut the answer', skip: 2, times: 2 });
    const { result, log } = await restore();
    expect(result, log).toMatchObject({ outcome: 'succeeded', tables: 2, rows: ROWS + 2 });
    expect(await server.query('live', 'select count(*)::int as n from noise')).toEqual([{ n: ROWS }]);
  });
});
