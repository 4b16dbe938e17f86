// Restores from a bucket.
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readFile as readStored } from '../src/read-file.ts';
import { ROWS, bucketStories } from './bucket-stories.ts';
import { restoreRequest, runToEnd, type Ended } from './runner.ts';
import { createDatabase, databases } from './stories.ts';

const bucket = bucketStories();

function digestOf(result: Ended['result']): string {
  if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(JSON.stringify(result));
  return result.manifestSha256;
}

describe('a restore from a bucket', () => {
  let manifestSha256: string;
  const restore = (): Promise<Ended> => runToEnd(bucket.pod, restoreRequest(bucket.at('live'), manifestSha256, { source: { ...bucket.place(), manifestSha256 } }));
  const file = async (name: string): Promise<string> => join(bucket.store.folder, (await bucket.store.keys()).find((key) => key.startsWith(`${bucket.prefix}/${name}.`)) ?? '');

  it('is not all that can be done: a file is read from a byte on, as kubectl db download does after its line broke', async () => {
    const path = await file('dump');
    const whole = await readFile(path);
    const [rest, words] = [join(bucket.pod.folder, 'rest'), new PassThrough()];
    const code = await readStored({ location: bucket.place().location, file: basename(path), from: whole.length - 100 }, bucket.pod.environment, { bytes: createWriteStream(rest), words });
    expect([code, words.read()]).toEqual([0, null]);
    expect(await readFile(rest)).toEqual(whole.subarray(-100));
  });

  beforeAll(async () => {
    await createDatabase(bucket.server, 'live');
  });
  beforeEach(async () => {
    manifestSha256 = digestOf((await bucket.dump('shop')).result);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a changed dump', 'BackupCorrupt', async () => writeFile(await file('dump'), 'x')],
    ['a dump that changes on its way', 'BackupCorrupt', async () => bucket.proxy.obey({ on: 'GetObject', fault: 'flip a bit' })],
    ['another manifest', 'BackupCorrupt', async () => writeFile(await file('manifest'), '{}')],
    ['a manifest of another backup', 'BackupCorrupt', async () => void (manifestSha256 = '0'.repeat(64))],
    ['no manifest', 'BackupMissing', async () => void (bucket.prefix = `${bucket.prefix}-other`)],
    ['a store that is not there', 'StorageUnreachable', async () => bucket.setStore({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' })],
    ['a store that refuses', 'StorageDenied', async () => bucket.proxy.obey({ on: 'GetObject', fault: { answer: 403, code: 'AccessDenied' } })],
  ])('leaves the database alone for %s', async (_what, reason, spoil) => {
    await spoil();
    expect((await restore()).result).toMatchObject({ outcome: 'failed', reason });
    expect(await bucket.server.query('live', 'select count(*)::int as n from item')).toEqual([{ n: 2 }]);
    expect(await databases(bucket.server)).toEqual(['large', 'live', 'shop']);
  });

  // Last: afterwards the database is the restored one.
  it('goes on where a connection breaks, as often as it does, and brings everything back', async () => {
    bucket.prefix = `${bucket.prefix}-large`;
    manifestSha256 = digestOf((await bucket.dump('large')).result);
    bucket.proxy.obey({ on: 'GetObject', fault: 'cut the answer', skip: 0, times: 1 }, { on: 'GetObject', fault: 'cut the answer', skip: 2, times: 2 });
    const { result, log } = await restore();
    expect(result, log).toMatchObject({ outcome: 'succeeded', tables: 2, rows: ROWS + 2 });
    expect(await bucket.server.query('live', 'select count(*)::int as n from noise')).toEqual([{ n: ROWS }]);
  });
});
