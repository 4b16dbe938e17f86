// Backups in a bucket: whatever the store or the way to it does, there is a whole backup or none.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { RunResult } from '@postgres-operator/api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServerPki } from '../../../e2e/cluster/pki.ts';
import { startFaultyProxy, type Rule } from '../../../e2e/faulty-proxy/proxy.ts';
import { run } from '../../../e2e/lib/run.ts';
import { WHOLE, bucketStories } from './bucket-stories.ts';
import { BUCKET } from './object-store.ts';
import { dumpRequest, runToEnd, startRunner } from './runner.ts';
import { until } from './stories.ts';

const bucket = bucketStories();

describe('a dump into a bucket', () => {
  it.each(['shop', 'large'])('of %s is three objects for standard tools', async (database) => {
    const ended = await bucket.dump(database);
    await bucket.expectWhole(ended);
    expect(bucket.proxy.seen('UploadPart')).toBe(database === 'large' ? 3 : 0);
    const [file = ''] = (await bucket.store.keys()).filter((key) => key.startsWith(`${bucket.prefix}/dump.`));
    const listed = await run('sh', ['-c', 'zstd -dc "$1" | /usr/lib/postgresql/15/bin/pg_restore -f - -t item', 'sh', join(bucket.store.folder, file)]);
    expect(listed.stdout).toContain('1\tone\n2\ttwo\n');
    // Made of the parts' checksums, each of which the store has compared.
    const { ChecksumCRC32 } = await bucket.store.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: file, ChecksumMode: 'ENABLED' }));
    expect(ChecksumCRC32).toMatch(database === 'large' ? /^[\w+/]{6}==-3$/ : /^[\w+/]{6}==$/);
  });

  it('speaks TLS with a store whose CA only the Secret knows, and with no other', async () => {
    const pki = await createServerPki(['127.0.0.1']);
    const secure = await startFaultyProxy({ store: `http://127.0.0.1:${bucket.store.port}`, tls: pki });
    onTestFinished(() => secure.stop());
    await bucket.setStore({ AWS_ENDPOINT_URL_S3: secure.url });
    expect((await bucket.dump('large')).result).toMatchObject({ reason: 'StorageUnreachable', message: expect.stringMatching(/certificate/) as string });
    await bucket.setStore({ AWS_CA_BUNDLE: pki.ca });
    await bucket.expectWhole(await bucket.dump('large'));
    expect(secure.seen('UploadPart')).toBe(3);
  });

  it('is guarded by checksums that the store compares', async () => {
    const wrong = new PutObjectCommand({ Bucket: BUCKET, Key: 'wrong', Body: 'x', ChecksumCRC32: 'AAAAAA==' });
    await expect(bucket.store.client.send(wrong)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it('that is asked for again reports the first', async () => {
    const first = await bucket.dump('shop');
    expect((await bucket.dump('no longer there')).result).toEqual(first.result);
  });

  it('never takes the place of another Backup', async () => {
    await bucket.dump('shop');
    const other = await runToEnd(bucket.pod, { ...bucket.requestOf('shop'), object: { kind: 'Backup', namespace: 'shop', name: 'other', uid: 'ffffffff-0000-4000-8000-000000000009' } });
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
    ['the store names the object wrongly', { on: 'CompleteMultipartUpload', fault: 'wrong ETag', times: 1 }],
    ['the answer to a small object is lost', { on: 'PutObject', fault: 'lose the answer', times: 1 }],
    ['the answer to the manifest is lost', { on: 'PutManifest', fault: 'lose the answer', times: 1 }],
  ])('is whole though %s', async (_what, rule) => {
    bucket.proxy.obey(rule);
    await bucket.expectWhole(await bucket.dump('large'));
  });

  it.each<[string, RunResult, Rule]>([
    ['the store stays busy', failed('StorageUnreachable', true), { on: 'UploadPart', fault: { answer: 503, code: 'SlowDown' }, skip: 1 }],
    ['the store cannot complete it', failed('StorageUnreachable', true), { on: 'CompleteMultipartUpload', fault: { answer: 500, code: 'InternalError' } }],
    ['the store says 200 and means an error, each time', failed('StorageUnreachable', true), { on: 'CompleteMultipartUpload', fault: { answer: 200, code: 'InternalError' } }],
    ['every connection breaks', failed('StorageUnreachable', true), { on: 'UploadPart', fault: 'reset' }],
    ['the permission ends half-way', failed('StorageDenied', false), { on: 'UploadPart', fault: { answer: 403, code: 'AccessDenied' }, skip: 2 }],
    ['the quota is full', failed('StorageFull', false), { on: 'UploadPart', fault: { answer: 507, code: 'QuotaExceeded' }, skip: 2 }],
    ['every part changes on its way', failed('StorageFailed', true), { on: 'UploadPart', fault: 'flip a bit' }],
    ['the store has stored something else', failed('StorageFailed', true), { on: 'UploadPart', fault: 'wrong ETag', skip: 1, times: 1 }],
    ['the name is taken', failed('StorageFailed', true), { on: 'CompleteMultipartUpload', fault: { answer: 412, code: 'PreconditionFailed' } }],
    ['another attempt was first', failed('StorageFailed', true), { on: 'PutManifest', fault: { answer: 412, code: 'PreconditionFailed' } }],
    ['the manifest is not written', failed('StorageUnreachable', true), { on: 'PutManifest', fault: { answer: 503, code: 'ServiceUnavailable' } }],
    ['the manifest reads back differently', failed('StorageFailed', true), { on: 'GetManifest', fault: 'flip a bit', skip: 1, times: 1 }],
    ['the manifest reads back differently each time', failed('StorageFailed', true), { on: 'GetManifest', fault: 'flip a bit', skip: 1 }],
  ])('is none when %s', async (_what, expected, rule) => {
    const before = await bucket.store.keys();
    bucket.proxy.obey(rule);
    const { result, log } = await bucket.dump('large');
    expect(result, log).toMatchObject(expected);
    expect(bucket.proxy.seen(rule.on)).toBeLessThan(20);
    await bucket.expectNothing();
    expect(await bucket.store.keys()).toEqual(before);
  });

  it('is asked for once, not again and again, where the answer is no', async () => {
    bucket.proxy.obey({ on: 'CreateMultipartUpload', fault: { answer: 403, code: 'AccessDenied' } });
    expect((await bucket.dump('large')).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
    expect(bucket.proxy.seen('CreateMultipartUpload')).toBe(1);
  });
});

function failed(reason: string, retryable: boolean): RunResult {
  return { v: 1, outcome: 'failed', reason, message: expect.stringContaining('s3://backups/') as string, retryable };
}

describe('a dump into a bucket that cannot begin', () => {
  it('for want of the bucket', async () => {
    const { result } = await runToEnd(bucket.pod, dumpRequest(bucket.at('shop'), { destination: bucket.place('nowhere') }));
    expect(result).toMatchObject({ reason: 'StorageFailed', retryable: false, message: expect.stringContaining('NoSuchBucket') as string });
  });

  it('for a wrong secret', async () => {
    await bucket.setStore({ AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect((await bucket.dump('shop')).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
  });

  it('for want of a store', async () => {
    await bucket.setStore({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' });
    expect((await bucket.dump('shop')).result).toMatchObject({ reason: 'StorageUnreachable', retryable: true });
  });

  it('for a prefix that leads elsewhere', async () => {
    bucket.prefix = 'prod/../other';
    expect((await bucket.dump('shop')).result).toMatchObject({ reason: 'InvalidRequest' });
  });
});

describe('a dump into a bucket that is broken off', () => {
  /** Starts a dump and waits until its parts arrive, the store being slow. */
  async function uploading(): Promise<ReturnType<typeof startRunner>> {
    bucket.proxy.obey({ on: 'UploadPart', fault: { delayMs: 400 } });
    const runner = startRunner(bucket.pod, bucket.requestOf('large'));
    await until('a part', () => bucket.proxy.seen('UploadPart') > 1);
    return runner;
  }

  it('by SIGTERM leaves nothing', async () => {
    const runner = await uploading();
    runner.child.kill('SIGTERM');
    const { result, exitCode } = await runner.ended;
    expect(result).toMatchObject({ reason: 'Cancelled' });
    expect(exitCode).toBe(143);
    await bucket.expectNothing();
  });

  it('by the death of the runner leaves no object, and the next one gives up its parts', async () => {
    const runner = await uploading();
    runner.child.kill('SIGKILL');
    await runner.ended;
    expect(await bucket.store.openUploads()).toHaveLength(1);
    expect(await bucket.names()).toEqual([]);
    await bucket.expectWhole(await bucket.dump('shop'));
  });

  it('by its death before the manifest leaves objects that the next one removes, and nobody else’s', async () => {
    await mkdir(join(bucket.store.folder, bucket.prefix), { recursive: true });
    for (const name of ['dump.deadbeef.pgcustom.zst', 'globals.deadbeef.sql.zst', 'notes.txt']) await writeFile(join(bucket.store.folder, bucket.prefix, name), 'x');
    expect((await bucket.dump('shop')).result).toMatchObject({ outcome: 'succeeded' });
    expect(await bucket.names()).toEqual([...WHOLE, 'notes.txt']);
  });

  it('by another attempt at the same backup: one of them wins whole', async () => {
    const ended = await Promise.all([bucket.dump('large'), bucket.dump('large')]);
    const winner = ended.find(({ result }) => result.outcome === 'succeeded');
    if (winner === undefined) throw new Error(ended.map(({ log }) => log).join('\n'));
    await bucket.expectWhole(winner);
    for (const { result } of ended) if (result.outcome !== 'succeeded') expect(result).toMatchObject({ reason: 'StorageFailed' });
  });
});
