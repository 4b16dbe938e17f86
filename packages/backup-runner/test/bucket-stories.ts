// What the stories of backups in a bucket share: a server, a store, and a proxy between it and the runner.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DumpRequest } from '@postgres-operator/api';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from 'vitest';
import { startFaultyProxy, type FaultyProxy } from '../../../e2e/faulty-proxy/proxy.ts';
import { run } from '../../../e2e/lib/run.ts';
import { BUCKET, KEYS, startObjectStore, type ObjectStore } from './object-store.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, mountStore, runToEnd, type Ended, type Pod } from './runner.ts';
import { addNoise, createDatabase, quiet } from './stories.ts';

/** Rows of the table that makes the database `large` three parts. */
export const ROWS = 85_000;
export const WHOLE = ['dump.#.pgcustom.zst', 'globals.#.sql.zst', 'manifest.json'];

/** The surroundings of the story that runs. */
export class BucketStories {
  declare server: PostgresServer;
  declare store: ObjectStore;
  declare proxy: FaultyProxy;
  declare pod: Pod;
  /** Each story has one of its own. */
  prefix = '';

  readonly at = (database: string): DumpRequest['server'] => ({ host: '127.0.0.1', port: this.server.port, database });

  readonly place = (bucket = BUCKET): { type: 's3'; location: string; bucket: string; prefix: string } => ({
    type: 's3',
    location: `s3://${bucket}/${this.prefix}`,
    bucket,
    prefix: this.prefix,
  });

  readonly requestOf = (database: string, changes: Partial<DumpRequest> = {}): DumpRequest => dumpRequest(this.at(database), { destination: this.place(), ...changes });

  readonly dump = (database: string): Promise<Ended> => runToEnd(this.pod, this.requestOf(database));

  /** Mounts files of the Secret, in the place of those of the same names. */
  readonly setStore = (files: Readonly<Record<string, string>>): Promise<void> => mountStore(this.pod, files);

  /** Keys below the story's prefix, without it and without the random part. */
  readonly names = async (): Promise<string[]> =>
    (await this.store.keys()).filter((key) => key.startsWith(`${this.prefix}/`)).map((key) => key.slice(this.prefix.length + 1).replace(/\.[0-9a-f]{8}\./, '.#.'));

  /** Every file that the manifest names is there as it says, and nothing else is. */
  readonly expectWhole = async ({ result, log }: Ended): Promise<void> => {
    expect(result, log).toMatchObject({ outcome: 'succeeded', command: 'dump' });
    expect(await this.names()).toEqual(WHOLE);
    expect(await this.store.openUploads()).toEqual([]);
    const folder = join(this.store.folder, this.prefix);
    const { files } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as { files: { storedAs: string; bytes: number; sha256: string }[] };
    for (const { storedAs, bytes, sha256 } of files) {
      expect((await readFile(join(folder, storedAs))).length).toBe(bytes);
      expect((await run('sha256sum', [join(folder, storedAs)])).stdout).toContain(sha256);
    }
  };

  readonly expectNothing = async (): Promise<void> => {
    expect(await this.names()).toEqual([]);
    expect(await this.store.openUploads()).toEqual([]);
  };
}

/** A database `shop` of one part, and `large` of three. */
async function shopAndLarge(server: PostgresServer): Promise<void> {
  await createDatabase(server, 'shop');
  await createDatabase(server, 'large');
  await addNoise(server, 'large', ROWS);
}

/** Starts the surroundings for the stories of a file. */
export function bucketStories(fill = shopAndLarge): BucketStories {
  const stories = new BucketStories();
  let count = 0;
  beforeAll(async () => {
    [stories.server, stories.store] = await Promise.all([startPostgres(), startObjectStore()]);
    stories.proxy = await startFaultyProxy({ store: `http://127.0.0.1:${stories.store.port}` });
    await fill(stories.server);
  });
  afterAll(async () => {
    await stories.proxy.stop();
    await Promise.all([stories.server.stop(), stories.store.stop()]);
  });
  beforeEach(async () => {
    await quiet(stories.server);
    stories.proxy.obey();
    count += 1;
    stories.prefix = `prod/shop/db/nightly-${count}`;
    const pod = await makePod();
    stories.pod = pod;
    onTestFinished(() => pod.remove());
    await stories.setStore({ ...KEYS, AWS_ENDPOINT_URL_S3: stories.proxy.url });
  });
  return stories;
}
