// What killed runs leave when no further attempt comes.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectLockConfigurationCommand } from '@aws-sdk/client-s3';
import type { DiscardRequest, DumpRequest } from '@postgres-operator/api';
import { beforeAll, describe, expect, it } from 'vitest';
import { bucketStories } from './bucket-stories.ts';
import { dumpRequest, runToEnd, startRunner, type Ended } from './runner.ts';
import { addBigTable, copying, createDatabase, stored, until } from './stories.ts';

const bucket = bucketStories();

beforeAll(async () => {
  await createDatabase(bucket.server, 'big');
  await addBigTable(bucket.server, 'big', 300);
});

const discard = ({ object, destination, operatorVersion }: DumpRequest, whole?: 'completed too'): Promise<Ended> => {
  const discarding: DiscardRequest = { v: 1, command: 'discard', object, destination, operatorVersion, ...(whole && { completed: true }) };
  return runToEnd(bucket.pod, discarding);
};

/** Starts a dump, kills the runner once `begun`, and waits for its end. */
async function killed(work: DumpRequest, begun: () => Promise<unknown>): Promise<void> {
  const runner = startRunner(bucket.pod, work);
  await begun();
  runner.child.kill('SIGKILL');
  await runner.ended;
}

describe('to discard a backup in a claim', () => {
  const work = (): DumpRequest => dumpRequest(bucket.at('big'));
  const small = (): DumpRequest => dumpRequest(bucket.at('shop'));

  it('removes what a killed run left, and nothing else', async () => {
    await mkdir(join(bucket.pod.storage, 'shop/db/.nightly-other.0a1b2c3d.partial'), { recursive: true });
    await killed(work(), () => copying(bucket.server));
    expect((await stored(bucket.pod)).filter((path) => path.endsWith('.pgcustom.zst'))).toHaveLength(1);
    const { result, exitCode } = await discard(work());
    expect(result).toMatchObject({ outcome: 'succeeded', command: 'discard', found: 'removed' });
    expect(exitCode).toBe(0);
    expect(await stored(bucket.pod)).toEqual(['shop', 'shop/db', 'shop/db/.nightly-other.0a1b2c3d.partial']);
    expect((await discard(work())).result).toMatchObject({ found: 'nothing' });
  });

  it('finds nothing where no run has been', async () => {
    expect((await discard(work())).result).toMatchObject({ found: 'nothing' });
    expect(await stored(bucket.pod)).toEqual([]);
  });

  it('reports the dump that completed after all, and removes nothing', async () => {
    const first = await runToEnd(bucket.pod, small());
    const before = await stored(bucket.pod);
    expect((await discard(small())).result).toEqual(first.result);
    expect(await stored(bucket.pod)).toEqual(before);
  });

  it('never touches the backup of another', async () => {
    const other = small();
    await runToEnd(bucket.pod, { ...other, object: { ...other.object, name: 'other', uid: 'ffffffff-0000-4000-8000-000000000009' } });
    const before = await stored(bucket.pod);
    expect((await discard(other)).result).toMatchObject({ reason: 'StorageFailed', retryable: false, message: expect.stringContaining('shop/other') as string });
    expect(await stored(bucket.pod)).toEqual(before);
  });
});

describe('to delete a backup in a claim', () => {
  const work = (): DumpRequest => dumpRequest(bucket.at('shop'));

  it('removes it, and nothing else', async () => {
    await runToEnd(bucket.pod, { ...work(), destination: { location: 'pvc://test/shop/db/other', path: 'shop/db/other' } });
    const before = await stored(bucket.pod);
    await runToEnd(bucket.pod, work());
    expect((await stored(bucket.pod)).length).toBeGreaterThan(before.length);
    expect((await discard(work(), 'completed too')).result).toMatchObject({ outcome: 'succeeded', command: 'discard', found: 'removed' });
    expect(await stored(bucket.pod)).toEqual(before);
    expect((await discard(work(), 'completed too')).result).toMatchObject({ found: 'nothing' });
  });

  it('never touches the backup of another', async () => {
    await runToEnd(bucket.pod, work());
    const before = await stored(bucket.pod);
    const other = { ...work(), object: { ...work().object, uid: 'ffffffff-0000-4000-8000-000000000009' } };
    expect((await discard(other, 'completed too')).result).toMatchObject({ reason: 'StorageFailed', retryable: false });
    expect(await stored(bucket.pod)).toEqual(before);
  });

  it('removes one whose manifest cannot be read', async () => {
    await runToEnd(bucket.pod, work());
    const manifest = (await stored(bucket.pod)).find((path) => path.endsWith('manifest.json')) ?? '';
    await writeFile(join(bucket.pod.storage, manifest), 'not JSON');
    expect((await discard(work(), 'completed too')).result).toMatchObject({ found: 'removed' });
    expect((await stored(bucket.pod)).filter((path) => path.endsWith('.zst'))).toEqual([]);
  });
});

describe('to delete a backup in a bucket', () => {
  it('removes its manifest first, and what is left when that was all on the next try, and nobody else’s', async () => {
    await bucket.dump('shop');
    await writeFile(join(bucket.store.folder, bucket.prefix, 'notes.txt'), 'x');
    bucket.proxy.obey({ on: 'DeleteObject', fault: { answer: 403, code: 'AccessDenied' }, skip: bucket.proxy.seen('DeleteObject') + 1 });
    expect((await discard(bucket.requestOf('shop'), 'completed too')).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
    expect(await bucket.names()).toEqual(['dump.#.pgcustom.zst', 'globals.#.sql.zst', 'notes.txt']);
    bucket.proxy.obey();
    expect((await discard(bucket.requestOf('shop'), 'completed too')).result).toMatchObject({ found: 'removed' });
    expect(await bucket.names()).toEqual(['notes.txt']);
    expect((await discard(bucket.requestOf('shop'), 'completed too')).result).toMatchObject({ found: 'nothing' });
  });

  it('leaves the whole backup where it may not delete', async () => {
    const made = await bucket.dump('shop');
    bucket.proxy.obey({ on: 'DeleteObject', fault: { answer: 403, code: 'AccessDenied' } });
    expect((await discard(bucket.requestOf('shop'), 'completed too')).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
    await bucket.expectWhole(made);
  });
});

describe('to delete a backup under object lock', () => {
  const LOCKED = 'locked';
  const work = (): DumpRequest => bucket.requestOf('shop', { destination: bucket.place(LOCKED) });

  it('leaves all of it, says that the store refuses, and that trying again is of no use', async () => {
    const { client } = bucket.store;
    await client.send(new CreateBucketCommand({ Bucket: LOCKED, ObjectLockEnabledForBucket: true }));
    const rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } } as const;
    await client.send(new PutObjectLockConfigurationCommand({ Bucket: LOCKED, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: rule } }));
    const made = await runToEnd(bucket.pod, work());
    expect(made.result).toMatchObject({ outcome: 'succeeded', command: 'dump' });
    expect((await discard(work(), 'completed too')).result).toMatchObject({ reason: 'StorageDenied', message: expect.stringContaining('object lock') as string, retryable: false });
    // It is whole: what does not delete says that there is one, and verifies it.
    expect((await discard(work())).result).toEqual(made.result);
  });
});

describe('to discard a backup in a bucket', () => {
  const work = (): DumpRequest => bucket.requestOf('large');
  const objects = (prefix = bucket.prefix): Promise<string[]> => readdir(join(bucket.store.folder, prefix)).catch(() => []);

  it('ends the upload of a killed run', async () => {
    bucket.proxy.obey({ on: 'UploadPart', fault: { delayMs: 400 } });
    await killed(work(), () => until('a part', () => bucket.proxy.seen('UploadPart') > 1));
    expect(await bucket.store.openUploads()).toHaveLength(1);
    expect((await discard(work())).result).toMatchObject({ outcome: 'succeeded', command: 'discard', found: 'removed' });
    expect(await bucket.store.openUploads()).toEqual([]);
    expect((await discard(work())).result).toMatchObject({ found: 'nothing' });
  });

  it('removes the objects of a run that was killed before its manifest, and nobody else’s', async () => {
    bucket.proxy.obey({ on: 'PutManifest', fault: 'never answer' });
    await killed(work(), () => until('the manifest', () => bucket.proxy.seen('PutManifest') > 0));
    await writeFile(join(bucket.store.folder, bucket.prefix, 'notes.txt'), 'x');
    const neighbour = `${bucket.prefix}2`;
    await mkdir(join(bucket.store.folder, neighbour), { recursive: true });
    await writeFile(join(bucket.store.folder, neighbour, 'dump.deadbeef.pgcustom.zst'), 'x');
    expect(await objects()).toHaveLength(3);
    expect((await discard(work())).result).toMatchObject({ found: 'removed' });
    expect(await objects()).toEqual(['notes.txt']);
    expect(await objects(neighbour)).toHaveLength(1);
  });

  it('reports the dump whose result was lost', async () => {
    bucket.proxy.obey({ on: 'PutManifest', fault: 'lose the answer' }, { on: 'GetManifest', fault: 'never answer', skip: 1 });
    await killed(work(), () => until('the manifest', () => bucket.proxy.seen('GetManifest') > 1));
    bucket.proxy.obey();
    const { result } = await discard(work());
    expect(result).toMatchObject({ outcome: 'succeeded', command: 'dump', location: bucket.place().location, tables: 2 });
    expect(await objects()).toHaveLength(3);
  });

  it('says so when it may not look', async () => {
    bucket.proxy.obey({ on: 'Other', fault: { answer: 403, code: 'AccessDenied' } });
    expect((await discard(work())).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
  });
});
