// What a scan removes of what killed runs left, and above all what it does not.
import { cp, mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { CatalogueRequest, CatalogueSucceeded, RunFailed } from '@postgres-operator/api';
import { describe, expect, it } from 'vitest';
import { bucketStories } from './bucket-stories.ts';
import { BUCKET } from './object-store.ts';
import { dumpRequest, runToEnd, type Ended } from './runner.ts';
import { createDatabase, stored } from './stories.ts';

const bucket = bucketStories((server) => createDatabase(server, 'shop'));

const OBJECT = { kind: 'Backup', namespace: 'shop', uid: '0a1b2c3d-0000-4000-8000-000000000001' };
const [DUMP, GLOBALS] = ['dump.1a1b2c3d.pgcustom.zst', 'globals.1a1b2c3d.sql.zst'];
const TWO_DAYS_AGO = new Date(Date.now() - 2 * 86_400_000);

const request = (source: CatalogueRequest['source'], spare?: string[]): CatalogueRequest => ({ v: 1, command: 'catalogue', object: { ...OBJECT, name: 'catalogue' }, source, operatorVersion: '1', ...(spare && { removeOrphans: { spare } }) });
const told = async (work: CatalogueRequest): Promise<CatalogueSucceeded> => {
  const { result, log } = await runToEnd(bucket.pod, work);
  if (result.outcome !== 'succeeded' || result.command !== 'catalogue') throw new Error(`${JSON.stringify(result)} ${log}`);
  return result;
};

async function put(path: string, at = TWO_DAYS_AGO): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'x'.repeat(100));
  await utimes(path, at, at);
}

/** Makes everything in a folder, and the folder, as old as that. */
async function age(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await age(join(folder, entry.name));
    else await utimes(join(folder, entry.name), TWO_DAYS_AGO, TWO_DAYS_AGO);
  }
  await utimes(folder, TWO_DAYS_AGO, TWO_DAYS_AGO);
}

describe('in a bucket', () => {
  const place = (): Extract<CatalogueRequest['source'], { type: 's3' }> => bucket.place();
  const object = (...parts: string[]): string => join(bucket.store.folder, bucket.prefix, ...parts);
  const keys = async (): Promise<string[]> => (await bucket.store.keys()).filter((key) => key.startsWith(bucket.prefix)).map((key) => key.slice(bucket.prefix.length));
  const uploads = async (): Promise<string[]> => (await bucket.store.openUploads()).filter((key) => key.startsWith(bucket.prefix)).map((key) => key.slice(bucket.prefix.length + 1));
  const dump = (): Promise<Ended> => runToEnd(bucket.pod, bucket.requestOf('shop', { object: { ...OBJECT, name: 'nightly' }, destination: { ...place(), location: `${place().location}/nightly-0a1b2c3d`, prefix: `${bucket.prefix}/nightly-0a1b2c3d` } }));

  async function begin(folder: string): Promise<void> {
    const where = { Bucket: BUCKET, Key: `${bucket.prefix}/${folder}/${DUMP}` };
    const { UploadId } = await bucket.store.client.send(new CreateMultipartUploadCommand(where));
    await bucket.store.client.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body: Buffer.alloc(1000) }));
  }

  it('what is old, ours and no part of a backup goes, when that is asked for; all else stays', async () => {
    await dump();
    await put(object('nightly-0a1b2c3d', 'notes.txt'));
    for (const folder of ['killed-0a1b2c3d', 'spared-0a1b2c3d', 'photos']) await put(object(folder, DUMP));
    await put(object('killed-0a1b2c3d', GLOBALS));
    await put(object('killed-0a1b2c3d', 'notes.txt'));
    await put(object('foreign-0a1b2c3d', 'dump.pgcustom.zst'));
    await put(object('young-0a1b2c3d', DUMP), new Date());
    await put(join(`${object()}2`, 'killed-0a1b2c3d', DUMP));
    await put(object('killed-0a1b2c3d', 'deeper-0a1b2c3d', DUMP));
    for (const folder of ['nightly-0a1b2c3d', 'gone-0a1b2c3d']) await begin(folder);
    await age(join(bucket.store.folder, '.sgwtmp'));
    await begin('busy-0a1b2c3d');
    const before = await keys();

    const seen = await told(request(place()));
    expect(seen.orphans).toEqual({ count: 4, uploads: 2, bytes: 2300, first: expect.any(Array) as string[] });
    expect(await keys()).toEqual(before);
    expect(await uploads()).toHaveLength(3);

    const { orphans, backups } = await told(request(place(), ['spared-0a1b2c3d']));
    expect(orphans).toEqual({ count: 1, uploads: 0, bytes: 100, first: ['spared-0a1b2c3d'], removed: 3, problem: 'its Backup is complete or has not ended' });
    expect(backups.map(({ folder }) => folder)).toEqual(['nightly-0a1b2c3d']);
    expect(await keys()).toEqual(before.filter((key) => ![`/killed-0a1b2c3d/${DUMP}`, `/killed-0a1b2c3d/${GLOBALS}`].includes(key)));
    expect(await uploads()).toEqual([`busy-0a1b2c3d/${DUMP}`]);
    expect((await told(request(place(), ['spared-0a1b2c3d']))).orphans).toMatchObject({ count: 1, removed: 0 });
  });

  it('what the store does not let go is told, and the scan goes on', async () => {
    await dump();
    await put(object('killed-0a1b2c3d', DUMP));
    bucket.proxy.obey({ on: 'DeleteObject', fault: { answer: 403, code: 'AccessDenied' } });
    const { orphans, backups } = await told(request(place(), []));
    expect(orphans).toMatchObject({ count: 1, removed: 0, problem: expect.stringMatching(/^StorageDenied: .*killed-0a1b2c3d/) as string });
    expect(backups).toHaveLength(1);
    expect(await keys()).toContain(`/killed-0a1b2c3d/${DUMP}`);
  });

  it('a store that is away is asked again later', async () => {
    await put(object('killed-0a1b2c3d', DUMP));
    bucket.proxy.obey({ on: 'DeleteObject', fault: { answer: 503, code: 'SlowDown' } });
    const { result } = await runToEnd(bucket.pod, request(place(), []));
    expect((result as RunFailed).retryable).toBe(true);
    bucket.proxy.obey();
    expect((await told(request(place(), []))).orphans).toMatchObject({ count: 0, removed: 1 });
  });

  it('where uploads cannot be listed, that is not said to be none', async () => {
    await dump();
    bucket.proxy.obey({ on: 'Other', fault: { answer: 403, code: 'AccessDenied' }, skip: 1 });
    const { orphans, backups } = await told(request(place(), []));
    expect(orphans).toEqual({ count: 0, bytes: 0, first: [], removed: 0 });
    expect(backups).toHaveLength(1);
  });
});

describe('in a claim', () => {
  const CLAIM = { type: 'claim', location: 'pvc://test/shop/db', path: 'shop/db' } as const;
  const at = (...parts: string[]): string => join(bucket.pod.storage, CLAIM.path, ...parts);
  const partial = (name: string): string => `.${name}-0a1b2c3d.1a1b2c3d.partial`;

  it('what is old, ours and no part of a backup goes, when that is asked for; all else stays', async () => {
    const destination = { location: `${CLAIM.location}/nightly-0a1b2c3d`, path: `${CLAIM.path}/nightly-0a1b2c3d` };
    await runToEnd(bucket.pod, dumpRequest(bucket.at('shop'), { object: { ...OBJECT, name: 'nightly' }, destination }));
    // What the deletion of one leaves that broke off, and what lies beside one that is whole.
    for (const name of ['deleted', 'nightly']) await cp(at('nightly-0a1b2c3d'), at(partial(name)), { recursive: true });
    await age(at());
    for (const name of ['killed', 'spared', 'deeper']) await put(at(partial(name), 'dump.pgcustom.zst'));
    await put(at(partial('deeper'), 'photos', 'cat.jpg'));
    await put(at('.photos.1a1b2c3d.partial', 'dump.pgcustom.zst'));
    await put(at('foreign-0a1b2c3d', 'dump.pgcustom.zst'));
    await put(at(partial('young'), 'dump.pgcustom.zst'), new Date());
    await symlink(at('nightly-0a1b2c3d'), at(partial('linked')));
    const before = await stored(bucket.pod);

    expect((await told(request(CLAIM))).orphans).toMatchObject({ count: 5, uploads: 0 });
    expect(await stored(bucket.pod)).toEqual(before);

    const { orphans, backups } = await told(request(CLAIM, ['spared-0a1b2c3d', 'nightly-0a1b2c3d']));
    expect(orphans).toEqual({ count: 1, uploads: 0, bytes: 100, first: [partial('spared')], removed: 4, problem: 'its Backup is complete or has not ended' });
    expect(backups.map(({ folder }) => folder)).toEqual(['nightly-0a1b2c3d']);
    const isGone = (path: string): boolean => ['deleted', 'nightly', 'killed'].some((name) => path.startsWith(`${CLAIM.path}/${partial(name)}`)) || path === `${CLAIM.path}/${partial('deeper')}/dump.pgcustom.zst`;
    expect(await stored(bucket.pod)).toEqual(before.filter((path) => !isGone(path)));
    expect((await told(request(CLAIM, ['spared-0a1b2c3d']))).orphans).toMatchObject({ count: 1, removed: 0 });
  });
});
