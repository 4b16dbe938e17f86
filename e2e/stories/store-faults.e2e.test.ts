import { beforeAll, describe, expect, it } from 'vitest';
import { checksums, manifestIn, type Folder } from '../harness/by-hand.ts';
import { startFaultyStore, type FaultyStore, type Rule } from '../harness/faulty-store.ts';
import { addNoise, TWO_PARTS } from '../harness/noise.ts';
import { startObjectStore, type ObjectStore } from '../harness/object-store.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor, waitForPhase, type Manifest } from '../harness/story.ts';

const BUCKET = 'backups';

describe('Whatever a store does, there is a whole backup or none', () => {
  const kubectl = storyNamespace('store-faults');
  let store: ObjectStore;
  let proxy: FaultyStore;
  /** Of a backup of this data, when nothing goes wrong. */
  let parts = 0;

  const intoBucket = (name: string, spec: Record<string, unknown> = {}): Manifest =>
    backup(name, 'shop', { storageLocation: `s3://${BUCKET}`, credentialsRef: { name: 'faulty' }, backoffLimit: 0, ...spec });
  /** SHA-256 of every object, by key. */
  const stored = async (): Promise<string> =>
    kubectl('exec', 'object-store', '--', 'bash', '-c', 'cd "objects/$1" && find . -path ./.sgwtmp -prune -o -type f -exec sha256sum {} + | sort -k 2', 'bash', BUCKET);

  async function expectWhole(name: string): Promise<void> {
    const done = await waitForPhase(kubectl, `backup/${name}`, 'Completed');
    expect(done.status).toMatchObject({ rows: TWO_PARTS });
    const folder: Folder = { pod: 'object-store', path: `objects/${BUCKET}${new URL(String(done.status?.['backupLocation'])).pathname}` };
    const { files } = await manifestIn(kubectl, folder);
    expect(await checksums(kubectl, folder)).toEqual(Object.fromEntries(files.map(({ name: file, storedAs = file, sha256 }) => [storedAs, sha256])));
    expect(await store.openUploads(BUCKET)).toEqual([]);
  }

  beforeAll(async () => {
    const ready = applyAndWait(kubectl, database('shop'), 'Ready');
    store = await startObjectStore(kubectl, { secret: 'keys', buckets: [BUCKET] });
    proxy = await startFaultyStore(kubectl, store, 'faulty');
    await ready;
    await addNoise(kubectl, 'shop', 'noise');
    await kubectl.apply(intoBucket('earlier'));
    await expectWhole('earlier');
    parts = await proxy.seen('UploadPart');
    expect(parts).toBeGreaterThan(1);
  });

  it.each<[string, string, Rule]>([
    ['busy', 'is busy for a while', { on: 'UploadPart', fault: { answer: 503, code: 'SlowDown' }, times: 2 }],
    ['broken', 'breaks a connection within a part', { on: 'UploadPart', fault: 'reset', skip: 1, times: 1 }],
    ['spoilt', 'gets a part with another bit', { on: 'UploadPart', fault: 'flip a bit', skip: 1, times: 1 }],
    ['unsure', 'says 200 and means an error', { on: 'CompleteMultipartUpload', fault: { answer: 200, code: 'InternalError' }, times: 1 }],
  ])('a whole one, %s, when it %s', async (name, _what, rule) => {
    await proxy.obey(rule);
    await kubectl.apply(intoBucket(name));
    await expectWhole(name);
    expect(await proxy.seen(rule.on)).toBeGreaterThan(rule.on === 'UploadPart' ? parts : 1);
  });

  it.each<[string, string, string, Rule]>([
    ['denied', 'takes the permission away half-way', 'StorageDenied', { on: 'UploadPart', fault: { answer: 403, code: 'AccessDenied' }, skip: 1 }],
    ['late', 'has a manifest of another attempt', 'StorageFailed', { on: 'PutManifest', fault: { answer: 412, code: 'PreconditionFailed' } }],
    ['misread', 'reads the manifest back with another bit', 'StorageFailed', { on: 'GetManifest', fault: 'flip a bit', skip: 1, times: 1 }],
  ])('none, %s, when it %s: %s', async (name, _what, reason, rule) => {
    const before = await stored();
    await proxy.obey(rule);
    const failed = await applyAndWait(kubectl, intoBucket(name), 'Failed');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason, message: expect.stringContaining(`s3://${BUCKET}/${kubectl.namespace}/shop/${name}-`) as string });
    expect(failed.status).not.toHaveProperty('manifestSha256');
    expect(await store.openUploads(BUCKET)).toEqual([]);
    expect(await stored()).toBe(before);
  });

  it('a whole one by the next attempt, and no upload left, when the runner is killed within a part', async () => {
    await proxy.obey({ on: 'UploadPart', fault: { delayMs: 600_000 } });
    await kubectl.apply(intoBucket('killed', { backoffLimit: 1 }));
    const { status } = await waitFor(kubectl, 'backup/killed', { what: 'a Job', wanted: (seen) => seen.status?.['jobName'] !== undefined });
    await until(async () => (await store.openUploads(BUCKET)).length > 0 && (await proxy.seen('UploadPart')) > 0);
    // What is held stays held; the next attempt, which starts while kubectl still waits for the pod to go, is to meet no fault.
    await proxy.obey();
    await kubectl('delete', 'pod', '-l', `batch.kubernetes.io/job-name=${String(status?.['jobName'])}`, '--grace-period=0', '--force');
    await expectWhole('killed');
    expect((await kubectl.get('backup', 'killed'))?.status).toMatchObject({ attempt: 2 });
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (!(await condition())) if (Date.now() > deadline) throw new Error('waited 180 s in vain');
}
