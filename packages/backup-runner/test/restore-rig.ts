// What the stories of restores share: a server, the mounts of a pod, a database `shop` with a backup of two rows and a third row since.
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from 'vitest';
import type { DumpRequest, DumpSucceeded, RestoreRequest, RestoreSucceeded } from '@postgres-operator/api';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, restoreRequest, runToEnd, type Ended, type Pod } from './runner.ts';
import { addBigTable, asOwner, createDatabase, databases } from './stories.ts';

/** Where the backup is in the pod's storage. */
export const FOLDER = 'shop/db/nightly-0a1b2c3d';
/** UID of the stories' restores, and of the ones that go back from them. */
export const UID = 'feedc0de-0000-4000-8000-000000000002';
export const LATER_UID = 'deadbee0-0000-4000-8000-000000000003';

/** The surroundings of one story. */
export interface Rig {
  readonly server: PostgresServer;
  readonly pod: Pod;
  at(database: string): RestoreRequest['server'];
  /** The request to restore what the pod's storage holds. */
  request(changes?: Partial<RestoreRequest>): RestoreRequest;
  /** Dumps a database into the pod's storage. */
  dump(database?: string, changes?: Partial<DumpRequest>): Promise<DumpSucceeded>;
  /** Rows of a database's table, by id. */
  ids(database?: string): Promise<number[]>;
}

/** Gives every story of a file such surroundings. */
export function useRig(settings: readonly string[] = []): (() => Rig) & { server(): PostgresServer } {
  let server: PostgresServer;
  let rig: Rig;
  beforeAll(async () => {
    server = await startPostgres(settings);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await dropAll(server);
    const pod = await makePod();
    onTestFinished(() => pod.remove());
    rig = rigOf(server, pod);
    await createDatabase(server, 'shop');
  });
  return Object.assign(() => rig, { server: () => server });
}

function rigOf(server: PostgresServer, pod: Pod): Rig {
  const at = (database: string): RestoreRequest['server'] => ({ host: '127.0.0.1', port: server.port, database });
  let manifestSha256 = '';
  return {
    server,
    pod,
    at,
    request: (changes = {}) => restoreRequest(at('shop'), manifestSha256, changes),
    dump: async (database = 'shop', changes = {}) => {
      const { result, log } = await runToEnd(pod, dumpRequest(at(database), changes));
      if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(log);
      manifestSha256 = result.manifestSha256;
      return result;
    },
    ids: async (database = 'shop') => (await server.query<{ id: number }>(database, 'select id from public.item order by id')).map(({ id }) => id),
  };
}

/** The backup has rows 1 and 2; the database has 3 as well. */
export async function backUpAndGoOn({ server, dump }: Rig): Promise<void> {
  await dump();
  await asOwner(server, 'shop', `insert into item values (3, 'since the backup')`);
}

/** The request to restore such a backup. */
export async function smallBackup(rig: Rig): Promise<RestoreRequest> {
  await backUpAndGoOn(rig);
  return rig.request();
}

/** The same of a backup that takes a while to load. */
export async function largeBackup(rig: Rig): Promise<RestoreRequest> {
  await addBigTable(rig.server, 'shop', 150);
  const request = await smallBackup(rig);
  await asOwner(rig.server, 'shop', 'drop table big');
  return request;
}

/** Changes the manifest in the pod's storage, and the digest in the request with it. */
export async function withManifest({ pod, request }: Rig, change: (manifest: Record<string, unknown>) => object): Promise<RestoreRequest> {
  const path = join(pod.storage, FOLDER, 'manifest.json');
  const text = JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>));
  await writeFile(path, text);
  const { source, ...rest } = request();
  return { ...rest, source: { ...(source as Extract<RestoreRequest['source'], { path: string }>), manifestSha256: createHash('sha256').update(text).digest('hex') } };
}

/** The database is as it was before the restore, and nothing is left of it. */
export async function expectUntouched({ server, pod, ids }: Rig): Promise<void> {
  expect(await ids()).toEqual([1, 2, 3]);
  expect(await databases(server)).toEqual(['shop']);
  expect(await readdir(pod.environment.scratchFolder)).toEqual([]);
}

/** The database is what the backup holds, and nothing is left of the one before. */
export async function expectRestored({ server, ids }: Rig): Promise<void> {
  expect(await ids()).toEqual([1, 2]);
  expect(await databases(server)).toEqual(['shop']);
}

/** The result of a restore that succeeded. */
export function succeeded({ result, log }: Ended): RestoreSucceeded {
  if (result.outcome !== 'succeeded' || result.command !== 'restore') throw new Error(log);
  return result;
}

async function dropAll(server: PostgresServer): Promise<void> {
  const rows = await server.query<{ name: string }>('postgres', `select quote_ident(datname) as name from pg_database where not datistemplate and datname <> 'postgres'`);
  for (const { name } of rows) await server.query('postgres', `drop database ${name} with (force)`);
}
