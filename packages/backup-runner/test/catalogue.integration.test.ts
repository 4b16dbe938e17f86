// What a scan tells of places where backups are, beside whatever somebody else has put there.
import { cp, mkdir, readdir, readFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogueRequest, CatalogueSucceeded, DumpRequest, RunRequest } from '@postgres-operator/api';
import { describe, expect, it } from 'vitest';
import { bucketStories } from './bucket-stories.ts';
import { dumpRequest, runToEnd, type Ended } from './runner.ts';
import { createDatabase, stored } from './stories.ts';

const bucket = bucketStories((server) => createDatabase(server, 'shop'));

const UID = '0a1b2c3d-0000-4000-8000-000000000001';
const OBJECT = { kind: 'Backup', namespace: 'shop', uid: UID };

const request = (source: CatalogueRequest['source'], after?: CatalogueRequest['after']): CatalogueRequest => ({ v: 1, command: 'catalogue', object: { ...OBJECT, name: 'catalogue' }, source, operatorVersion: '1', ...(after && { after }) });

const told = async (work: RunRequest): Promise<CatalogueSucceeded> => {
  const { result, log } = await runToEnd(bucket.pod, work);
  if (result.outcome !== 'succeeded' || result.command !== 'catalogue') throw new Error(`${JSON.stringify(result)} ${log}`);
  return result;
};
const foldersIn = ({ backups }: CatalogueSucceeded): string[] => backups.map(({ folder }) => folder);

describe('a scan of a claim', () => {
  const CLAIM = { type: 'claim', location: 'pvc://test/shop/db', path: 'shop/db' } as const;
  const dumpAs = (name: string, changes: Partial<DumpRequest> = {}): Promise<Ended> =>
    runToEnd(bucket.pod, dumpRequest(bucket.at('shop'), { object: { ...OBJECT, name }, destination: { location: `${CLAIM.location}/${name}-0a1b2c3d`, path: `${CLAIM.path}/${name}-0a1b2c3d` }, ...changes }));
  const at = (...parts: string[]): string => join(bucket.pod.storage, CLAIM.path, ...parts);

  it('finds nothing where there is nothing', async () => expect(await told(request(CLAIM))).toMatchObject({ backups: [], refused: { count: 0 } }));

  it('tells what the dump told, and of nothing else; and changes nothing', async () => {
    const { result } = await dumpAs('nightly');
    if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(JSON.stringify(result));
    await dumpAs('part', { selection: { schemaOnly: true } });
    await cp(at('nightly-0a1b2c3d'), at('stolen-0a1b2c3d'), { recursive: true });
    await cp(at('nightly-0a1b2c3d'), at('.nightly.0a1b2c3d.partial'), { recursive: true });
    await mkdir(at('halfdone-0a1b2c3d'));
    await mkdir(at('junk-0a1b2c3d'));
    await writeFile(at('junk-0a1b2c3d', 'manifest.json'), 'x');
    await symlink(at('nightly-0a1b2c3d'), at('link-0a1b2c3d'));
    await mkdir(at('linked-0a1b2c3d'));
    await symlink(at('nightly-0a1b2c3d', 'manifest.json'), at('linked-0a1b2c3d', 'manifest.json'));
    await cp(at('nightly-0a1b2c3d'), at('.killed-0a1b2c3d.1a1b2c3d.partial'), { recursive: true });
    for (const file of await readdir(at('.killed-0a1b2c3d.1a1b2c3d.partial'))) await utimes(at('.killed-0a1b2c3d.1a1b2c3d.partial', file), 0, 0);
    const before = await stored(bucket.pod);
    const found = await told(request(CLAIM));
    expect(foldersIn(found).sort()).toEqual(['nightly-0a1b2c3d', 'part-0a1b2c3d']);
    const { bytes, plainBytes, tables, rows, manifestSha256, serverVersion } = result;
    const entry = found.backups.find(({ folder }) => folder.startsWith('nightly'));
    expect(entry).toEqual({ folder: 'nightly-0a1b2c3d', bytes, plainBytes, tables, rows, manifestSha256, serverVersion, finishedAt: result.finishedAt });
    expect(found.backups.find(({ folder }) => folder.startsWith('part'))).toHaveProperty('partial', true);
    expect(found.refused.count).toBe(2);
    expect(found.refused.first.sort()).toEqual(['junk-0a1b2c3d: its manifest cannot be read', 'stolen-0a1b2c3d: its manifest is that of another backup']);
    expect(found.orphans).toMatchObject({ count: 1, first: ['.killed-0a1b2c3d.1a1b2c3d.partial'] });
    expect(await stored(bucket.pod)).toEqual(before);
  });

  it('does not believe a manifest whose dump was cut', async () => {
    await dumpAs('nightly');
    await truncate(at('nightly-0a1b2c3d', 'dump.pgcustom.zst'), 10);
    expect((await told(request(CLAIM))).refused.first.join()).toMatch(/^nightly-0a1b2c3d: its dump.pgcustom.zst is missing, or has not the \d+ bytes of the manifest$/);
  });

  it('of many goes on where it was', async () => {
    await dumpAs('nightly');
    const manifest = await readFile(at('nightly-0a1b2c3d', 'manifest.json'), 'utf8');
    const names = Array.from({ length: 40 }, (_, number) => `n${String(number).padStart(2, '0')}`);
    for (const name of names) {
      await cp(at('nightly-0a1b2c3d'), at(`${name}-0a1b2c3d`), { recursive: true });
      await writeFile(at(`${name}-0a1b2c3d`, 'manifest.json'), manifest.replace('"name": "nightly"', `"name": "${name}"`));
    }
    const folders: string[] = [];
    let after: CatalogueRequest['after'];
    do {
      const page = await told(request(CLAIM, after));
      folders.push(...foldersIn(page));
      after = page.next;
    } while (after !== undefined);
    expect(folders.sort()).toEqual([...names, 'nightly'].map((name) => `${name}-0a1b2c3d`).sort());
  });
});

describe('a scan of a bucket', () => {
  const place = (below = ''): Extract<CatalogueRequest['source'], { type: 's3' }> => ({ ...bucket.place(), location: `${bucket.place().location}${below}`, prefix: `${bucket.prefix}${below}` });
  const dumpAs = (name: string, below = ''): Promise<Ended> => runToEnd(bucket.pod, bucket.requestOf('shop', { object: { ...OBJECT, name }, destination: place(`${below}/${name}-0a1b2c3d`) }));

  it('finds nothing where there is nothing', async () => expect(await told(request(place()))).toMatchObject({ backups: [], refused: { count: 0 } }));

  it('tells of the backups below its prefix, and of nobody else’s', async () => {
    await dumpAs('nightly');
    await dumpAs('other', '2/deeper');
    await dumpAs('deeper', '/deeper-0a1b2c3d');
    await dumpAs('emptied');
    await rm(join(bucket.store.folder, bucket.prefix, 'emptied-0a1b2c3d', 'manifest.json'));
    const found = await told(request(place()));
    expect(foldersIn(found)).toEqual(['nightly-0a1b2c3d']);
    expect(found.refused.count).toBe(0);
    expect(foldersIn(await told(request(place('2/deeper'))))).toEqual(['other-0a1b2c3d']);
  });

  it('is told why, where it may not look', async () => {
    bucket.proxy.obey({ on: 'Other', fault: { answer: 403, code: 'AccessDenied' } });
    const { result } = await runToEnd(bucket.pod, request(place()));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'StorageDenied', retryable: false });
  });
});
