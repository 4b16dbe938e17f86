// What killed runs leave when no further attempt comes.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiscardRequest, DumpRequest } from '@postgres-operator/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startFaultyProxy, type FaultyProxy } from '../../../e2e/faulty-proxy/proxy.ts';
import { BUCKET, KEYS, startObjectStore, type ObjectStore } from './object-store.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, mountStore, runToEnd, startRunner, type Ended, type Pod } from './runner.ts';
import { addBigTable, addNoise, copying, createDatabase, stored, until } from './stories.ts';

let server: PostgresServer;
let store: ObjectStore;
let proxy: FaultyProxy;
let pod: Pod;

beforeAll(async () => {
  [server, store] = await Promise.all([startPostgres(), startObjectStore()]);
  proxy = await startFaultyProxy({ store: `http://127.0.0.1:${store.port}` });
  await createDatabase(server, 'shop');
  await createDatabase(server, 'large');
  await addBigTable(server, 'large', 300);
  await createDatabase(server, 'noise');
  await addNoise(server, 'noise', 85_000);
});
afterAll(async () => {
  await proxy.stop();
  await Promise.all([server.stop(), store.stop()]);
});
beforeEach(async () => {
  proxy.obey();
  pod = await makePod();
  onTestFinished(() => pod.remove());
  await mountStore(pod, { ...KEYS, AWS_ENDPOINT_URL_S3: proxy.url });
});

const request = (database: string, destination?: DumpRequest['destination']): DumpRequest =>
  dumpRequest({ host: '127.0.0.1', port: server.port, database }, destination === undefined ? {} : { destination });
const discard = ({ object, destination, operatorVersion }: DumpRequest): Promise<Ended> => {
  const discarding: DiscardRequest = { v: 1, command: 'discard', object, destination, operatorVersion };
  return runToEnd(pod, discarding);
};

/** Starts a dump, kills the runner once `begun`, and waits for its end. */
async function killed(work: DumpRequest, begun: () => Promise<unknown>): Promise<void> {
  const runner = startRunner(pod, work);
  await begun();
  runner.child.kill('SIGKILL');
  await runner.ended;
}

describe('to discard a backup in a claim', () => {
  const work = (): DumpRequest => request('large');

  it('removes what a killed run left, and nothing else', async () => {
    await mkdir(join(pod.storage, 'shop/db/.nightly-other.0a1b2c3d.partial'), { recursive: true });
    await killed(work(), () => copying(server));
    expect((await stored(pod)).filter((path) => path.endsWith('.pgcustom.zst'))).toHaveLength(1);
    const { result, exitCode } = await discard(work());
    expect(result).toMatchObject({ outcome: 'succeeded', command: 'discard', found: 'removed' });
    expect(exitCode).toBe(0);
    expect(await stored(pod)).toEqual(['shop', 'shop/db', 'shop/db/.nightly-other.0a1b2c3d.partial']);
    expect((await discard(work())).result).toMatchObject({ found: 'nothing' });
  });

  it('finds nothing where no run has been', async () => {
    expect((await discard(work())).result).toMatchObject({ found: 'nothing' });
    expect(await stored(pod)).toEqual([]);
  });

  it('reports the dump that completed after all, and removes nothing', async () => {
    const first = await runToEnd(pod, request('shop'));
    const before = await stored(pod);
    expect((await discard(request('shop'))).result).toEqual(first.result);
    expect(await stored(pod)).toEqual(before);
  });

  it('never touches the backup of another', async () => {
    const other = request('shop');
    await runToEnd(pod, { ...other, object: { ...other.object, name: 'other', uid: 'ffffffff-0000-4000-8000-000000000009' } });
    const before = await stored(pod);
    expect((await discard(other)).result).toMatchObject({ reason: 'StorageFailed', retryable: false, message: expect.stringContaining('shop/other') as string });
    expect(await stored(pod)).toEqual(before);
  });
});

describe('to discard a backup in a bucket', () => {
  const at = (prefix: string): DumpRequest => request('noise', { type: 's3', location: `s3://${BUCKET}/${prefix}`, bucket: BUCKET, prefix });
  const names = (prefix: string): Promise<string[]> => readdir(join(store.folder, prefix)).catch(() => []);

  it('ends the upload of a killed run', async () => {
    proxy.obey({ on: 'UploadPart', fault: { delayMs: 400 } });
    await killed(at('a'), () => until('a part', () => proxy.seen('UploadPart') > 1));
    expect(await store.openUploads()).toHaveLength(1);
    expect((await discard(at('a'))).result).toMatchObject({ outcome: 'succeeded', command: 'discard', found: 'removed' });
    expect(await store.openUploads()).toEqual([]);
    expect((await discard(at('a'))).result).toMatchObject({ found: 'nothing' });
  });

  it('removes the objects of a run that was killed before its manifest, and nobody else’s', async () => {
    proxy.obey({ on: 'PutManifest', fault: 'never answer' });
    await killed(at('b'), () => until('the manifest', () => proxy.seen('PutManifest') > 0));
    await writeFile(join(store.folder, 'b/notes.txt'), 'x');
    await mkdir(join(store.folder, 'b2'), { recursive: true });
    await writeFile(join(store.folder, 'b2/dump.deadbeef.pgcustom.zst'), 'x');
    expect(await names('b')).toHaveLength(3);
    expect((await discard(at('b'))).result).toMatchObject({ found: 'removed' });
    expect(await names('b')).toEqual(['notes.txt']);
    expect(await names('b2')).toHaveLength(1);
  });

  it('reports the dump whose result was lost', async () => {
    proxy.obey({ on: 'PutManifest', fault: 'lose the answer' }, { on: 'GetManifest', fault: 'never answer', skip: 1 });
    await killed(at('c'), () => until('the manifest', () => proxy.seen('GetManifest') > 1));
    proxy.obey();
    const { result } = await discard(at('c'));
    expect(result).toMatchObject({ outcome: 'succeeded', command: 'dump', location: `s3://${BUCKET}/c`, tables: 2 });
    expect(await names('c')).toHaveLength(3);
  });

  it('says so when it may not look', async () => {
    proxy.obey({ on: 'Other', fault: { answer: 403, code: 'AccessDenied' } });
    expect((await discard(at('d'))).result).toMatchObject({ reason: 'StorageDenied', retryable: false });
  });
});
