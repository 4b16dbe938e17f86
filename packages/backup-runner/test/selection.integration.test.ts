// A part of a database, and what a dump waits for before it begins.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DumpRequest } from '@postgres-operator/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../../e2e/lib/run.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, restoreRequest, runToEnd, type Ended, type Pod } from './runner.ts';
import { asOwner, createDatabase, databases, stored } from './stories.ts';

let server: PostgresServer;
let pod: Pod;

beforeAll(async () => {
  server = await startPostgres();
  await createDatabase(server, 'shop');
  await asOwner(
    server,
    'shop',
    `create schema "a b"; create table "a b"."Big ""t""" (id int); insert into "a b"."Big ""t""" values (1), (2), (3);
     create schema audit; create table audit.log (id int); insert into audit.log values (1);
     create table "--file=x" (id int); insert into "--file=x" values (1);
     select lo_from_bytea(0, 'x')`,
  );
});
afterAll(() => server.stop());
beforeEach(async () => {
  pod = await makePod();
  onTestFinished(() => pod.remove());
});

const FOLDER = 'shop/db/nightly-0a1b2c3d';
const at = (database: string): DumpRequest['server'] => ({ host: '127.0.0.1', port: server.port, database });
const dump = (changes: Partial<DumpRequest>): Promise<Ended> => runToEnd(pod, dumpRequest(at('shop'), changes));

interface Manifest {
  readonly selection?: DumpRequest['selection'];
  readonly tables: { readonly schema: string; readonly table: string; readonly rows: number }[];
}
const manifest = async (): Promise<Manifest> => JSON.parse(await readFile(join(pod.storage, FOLDER, 'manifest.json'), 'utf8')) as Manifest;
const contents = async (): Promise<string> =>
  (await run('sh', ['-c', 'zstd -dc "$1" | /usr/lib/postgresql/15/bin/pg_restore --list', 'sh', join(pod.storage, FOLDER, 'dump.pgcustom.zst')])).stdout;

describe('a dump of a part', () => {
  it.each<[string, NonNullable<DumpRequest['selection']>, string[], boolean]>([
    ['schemas', { schemas: ['"a b"', 'aud*'] }, ['a b.Big "t" 3', 'audit.log 1'], false],
    ['tables', { tables: ['item', '"a b".*'] }, ['a b.Big "t" 3', 'public.item 2'], false],
    ['a table that is called like a flag', { tables: ['--file=x'] }, ['public.--file=x 1'], false],
    ['everything but a schema', { excludeSchemas: ['a?b'] }, ['audit.log 1', 'public.--file=x 1', 'public.item 2'], true],
    ['everything but tables', { excludeTables: ['public.*', 'nothing'] }, ['a b.Big "t" 3', 'audit.log 1'], true],
    ['definitions', { schemaOnly: true }, [], false],
  ])('holds %s, and says so', async (_what, selection, tables, largeObjects) => {
    const { result, log } = await dump({ selection });
    expect(result, log).toMatchObject({ outcome: 'succeeded', tables: tables.length });
    const found = await manifest();
    expect(found.selection).toEqual(selection);
    expect(found.tables.map(({ schema, table, rows }) => `${schema}.${table} ${rows}`)).toEqual(tables);
    expect(/ BLOBS? /.test(await contents())).toBe(largeObjects);
  });

  it('that is all of it is no part', async () => {
    await dump({ selection: { tables: [], schemaOnly: false } });
    expect(await manifest()).not.toHaveProperty('selection');
  });

  it.each([[{ tables: ['itme'] }], [{ tables: ['item', 'itme'] }], [{ schemas: ['itme', 'public'] }]])('is none when nothing has a name: %j', async (selection) => {
    const { result, exitCode } = await dump({ selection });
    expect(result).toMatchObject({ reason: 'SelectionEmpty', retryable: false, message: expect.stringContaining('"itme"') as string });
    expect(exitCode).toBe(20);
    expect(await stored(pod)).toEqual([]);
  });

  it('never takes the place of the whole', async () => {
    const { result } = await dump({ selection: { excludeTables: ['item'] } });
    const manifestSha256 = result.outcome === 'succeeded' && result.command === 'dump' ? result.manifestSha256 : '';
    const restored = await runToEnd(pod, restoreRequest(at('shop'), manifestSha256));
    expect(restored.result).toMatchObject({ reason: 'BackupPartial', retryable: false, message: expect.stringContaining('{"excludeTables":["item"]}') as string });
    expect(await server.query('shop', 'select count(*)::int as n from item')).toEqual([{ n: 2 }]);
    expect(await databases(server)).toEqual(['shop']);
  });
});

describe('a dump that meets a table in use', () => {
  it('waits as long as it may, and may work another time', async () => {
    const session = await server.connect('shop');
    await session.query('begin; lock table item');
    const { result, exitCode, log } = await dump({ lockTimeoutMilliseconds: 300 });
    await session.end();
    expect(result, log).toMatchObject({ reason: 'LockTimeout', retryable: true, message: expect.stringContaining('LOCK TABLE') as string });
    expect(exitCode).toBe(10);
    expect(await stored(pod)).toEqual([]);
  });
});
