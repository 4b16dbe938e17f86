// Where a dump reads from: a real primary with a real streaming standby.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DumpRequest, DumpSucceeded } from '@postgres-operator/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startFaultyProxy } from '../../../e2e/faulty-proxy/proxy.ts';
import { passwordLine } from '../src/postgres/password-file.ts';
import { BUCKET, KEYS, startObjectStore } from './object-store.ts';
import { PASSWORDS, USERS, freePort, startPostgres, startStandby, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, mountStore, runToEnd, startRunner, type Ended, type Pod } from './runner.ts';
import { addBigTable, asOwner, copying, createDatabase, quiet, stored, until } from './stories.ts';

let primary: PostgresServer;
let standby: PostgresServer;
let pod: Pod;

beforeAll(async () => {
  primary = await startPostgres();
  standby = await startStandby(primary, ['max_standby_streaming_delay=0']);
  await createDatabase(primary, 'shop');
  await createDatabase(primary, 'large');
  await addBigTable(primary, 'large', 300);
  await createDatabase(primary, 'noise');
  // Hashes do not compress: several parts of an upload.
  await asOwner(primary, 'noise', 'create table noise as select sha512(n::text::bytea) as a, sha512((n * 7919)::text::bytea) as b from generate_series(1, 150000) n');
});
afterAll(() => Promise.all([standby.stop(), primary.stop()]));
beforeEach(async () => {
  await Promise.all([quiet(primary), quiet(standby)]);
  pod = await makePod();
  onTestFinished(() => pod.remove());
});

const FOLDER = 'shop/db/nightly-0a1b2c3d';
const FILES = ['shop', 'shop/db', FOLDER, `${FOLDER}/dump.pgcustom.zst`, `${FOLDER}/globals.sql.zst`, `${FOLDER}/manifest.json`];
const at = (port: number): NonNullable<DumpRequest['standby']> => ({ host: '127.0.0.1', port });
const requestOf = (database: string, wished: DumpRequest['standby']): DumpRequest =>
  dumpRequest({ host: '127.0.0.1', port: primary.port, database }, wished === undefined ? {} : { standby: wished });
const manifest = async (): Promise<Record<string, unknown>> => JSON.parse(await readFile(join(pod.storage, FOLDER, 'manifest.json'), 'utf8')) as Record<string, unknown>;

/** The dump is whole, and says where it was read, in the result as in the manifest. */
async function expectRead({ result, log }: Ended, source: string, note?: string | RegExp): Promise<void> {
  expect(result, log).toMatchObject({ outcome: 'succeeded', source });
  expect((result as DumpSucceeded).sourceNote ?? '').toMatch(note ?? /^$/);
  expect(await manifest()).toMatchObject({ source, snapshot: { timeline: 1 } });
  expect(await stored(pod)).toEqual(FILES);
}

describe('a dump that need not read the primary', () => {
  it('reads the standby, with everything that was committed before it was asked for', async () => {
    await asOwner(primary, 'shop', `create table late as select 1 as id`);
    const ended = await runToEnd(pod, requestOf('shop', at(standby.port)));
    await expectRead(ended, 'Standby');
    expect((await manifest())['tables']).toContainEqual({ schema: 'public', table: 'late', rows: 1 });
  });

  it('does not read a standby unless it is told to', async () => expectRead(await runToEnd(pod, requestOf('shop', undefined)), 'Primary'));

  it.each<[string, () => Promise<DumpRequest['standby']> | DumpRequest['standby'], RegExp]>([
    ['there is none', () => ({}), /^there is no standby$/],
    ['nobody is there', async () => at(await freePort()), /^the standby cannot be asked: .*ECONNREFUSED/],
    ['what answers is the primary', () => at(primary.port), /is no standby: it is not in recovery$/],
  ])('reads the primary where %s', async (_what, wished, note) => {
    await expectRead(await runToEnd(pod, requestOf('shop', await wished())), 'Primary', note);
  });

  it('reads the primary where a standby is of another server', async () => {
    const other = await startPostgres();
    onTestFinished(() => other.stop());
    await createDatabase(other, 'shop');
    const foreign = await startStandby(other);
    onTestFinished(() => foreign.stop());
    await expectRead(await runToEnd(pod, requestOf('shop', at(foreign.port))), 'Primary', /it belongs to another server$/);
  });

  it('reads the primary where the standby lags, and what it lacks is in the dump', async () => {
    pod = { ...pod, environment: { ...pod.environment, standbyPatienceMilliseconds: 500 } };
    await standby.query('postgres', 'select pg_wal_replay_pause()');
    onTestFinished(async () => void (await standby.query('postgres', 'select pg_wal_replay_resume()')));
    await asOwner(primary, 'shop', 'create table later as select 1 as id');
    await expectRead(await runToEnd(pod, requestOf('shop', at(standby.port))), 'Primary', /^the standby has not caught up: \d+ bytes of WAL are missing$/);
    expect((await manifest())['tables']).toContainEqual({ schema: 'public', table: 'later', rows: 1 });
  });

  it.each([
    ['an unlogged table', 'create unlogged table "fast $1" as select 1 as id'],
    ['an unlogged sequence', 'create unlogged sequence "fast $1"'],
  ])('reads the primary where the database has %s', async (_what, sql) => {
    await createDatabase(primary, 'quick');
    onTestFinished(async () => void (await primary.query('postgres', 'drop database quick with (force)')));
    await asOwner(primary, 'quick', sql);
    await vi.waitFor(() => standby.query('quick', 'select'), { timeout: 30_000, interval: 50 });
    await expectRead(await runToEnd(pod, requestOf('quick', at(standby.port))), 'Primary', /unlogged tables: public\."fast \$1"$/);
  });
});

describe('a dump that a standby breaks off', () => {
  /** Starts a dump and waits until a session of the standby sends rows. */
  async function reading(): Promise<{ readonly runner: ReturnType<typeof startRunner>; readonly session: number }> {
    const runner = startRunner(pod, requestOf('large', at(standby.port)));
    return { runner, session: await copying(standby) };
  }

  it('for a conflict with recovery reads the primary instead, and leaves nothing of the first try', async () => {
    const { runner } = await reading();
    // It waits for no lock on the primary; the standby cancels whoever reads.
    await asOwner(primary, 'large', 'truncate item; drop table item');
    await expectRead(await runner.ended, 'Primary', /^recovery of the standby cancelled the dump$/);
    expect((await manifest())['tables']).toEqual([{ schema: 'public', table: 'big', rows: 300 }]);
  });

  it('because its session was ended reads the primary instead', async () => {
    const { runner, session } = await reading();
    await standby.query('postgres', 'select pg_terminate_backend($1)', [session]);
    await expectRead(await runner.ended, 'Primary', /terminating connection|server closed the connection/);
  });

  it('leaves nothing of the first try in a bucket either', async () => {
    const store = await startObjectStore();
    onTestFinished(() => store.stop());
    // So slow that the dump has not ended when the conflict comes.
    const proxy = await startFaultyProxy({ store: `http://127.0.0.1:${store.port}` });
    onTestFinished(() => proxy.stop());
    proxy.obey({ on: 'UploadPart', fault: { delayMs: 1000 } });
    await mountStore(pod, { ...KEYS, AWS_ENDPOINT_URL_S3: proxy.url });
    const destination = { type: 's3', location: `s3://${BUCKET}/nightly`, bucket: BUCKET, prefix: 'nightly' } as const;
    const runner = startRunner(pod, { ...requestOf('noise', at(standby.port)), destination });
    await until('parts', async () => (await store.openUploads()).length > 0);
    await asOwner(primary, 'noise', 'drop table item');
    const { result, log } = await runner.ended;
    expect(result, log).toMatchObject({ source: 'Primary', sourceNote: 'recovery of the standby cancelled the dump' });
    expect(await store.openUploads()).toEqual([]);
    expect((await store.keys()).map((key) => key.replace(/[0-9a-f]{8}/, '#'))).toEqual(['nightly/dump.#.pgcustom.zst', 'nightly/globals.#.sql.zst', 'nightly/manifest.json']);
  });

  it('is not tried again where the run is told to stop', async () => {
    const { runner } = await reading();
    runner.child.kill('SIGTERM');
    expect((await runner.ended).result).toMatchObject({ reason: 'Cancelled' });
    expect(await stored(pod)).toEqual([]);
  });
});

describe('the moment of a dump', () => {
  it('is one for the rows and for what the manifest says, even while both change', async () => {
    await createDatabase(primary, 'busy');
    await addBigTable(primary, 'busy', 300);
    const runner = startRunner(pod, requestOf('busy', undefined));
    await copying(primary);
    await asOwner(primary, 'busy', 'insert into item values (3, $$three$$); create extension hstore');
    const before = await primary.query<{ lsn: string }>('busy', 'select pg_current_wal_insert_lsn()::text as lsn');
    const { result, log } = await runner.ended;
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
    const { snapshot, extensions, tables } = (await manifest()) as { snapshot: { time: string; lsn: string }; extensions: unknown; tables: unknown };
    expect(tables).toContainEqual({ schema: 'public', table: 'item', rows: 2 });
    expect(extensions).toEqual([{ name: 'plpgsql', version: '1.0', schema: 'pg_catalog' }]);
    expect(snapshot.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await primary.query('busy', 'select $1::pg_lsn < $2::pg_lsn as earlier', [snapshot.lsn, before[0]?.lsn])).toEqual([{ earlier: true }]);
  });

  it('is lost with the session that holds it, until pg_dump has it: then there is no dump, and another attempt may work', async () => {
    const bin = join(pod.folder, 'tools/15/bin');
    await mkdir(bin, { recursive: true });
    for (const tool of ['pg_dumpall', 'pg_restore']) await symlink(`/usr/lib/postgresql/15/bin/${tool}`, join(bin, tool));
    const end = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'postgres-operator' and state = 'idle in transaction'`;
    const login = `PGUSER=${USERS.superuser} PGPASSFILE=${join(pod.folder, 'superuser')} PGAPPNAME=test`;
    await writeFile(join(pod.folder, 'superuser'), passwordLine({ user: USERS.superuser, password: PASSWORDS.superuser }), { mode: 0o600 });
    await writeFile(join(bin, 'pg_dump'), `#!/bin/sh\n[ "$1" = --version ] || ${login} psql -qc "${end}" >&2\nexec /usr/lib/postgresql/15/bin/pg_dump "$@"\n`, { mode: 0o755 });
    pod = { ...pod, environment: { ...pod.environment, toolsFolder: join(pod.folder, 'tools') } };
    const { result, log } = await runToEnd(pod, requestOf('shop', undefined));
    expect(result, log).toMatchObject({ reason: 'ServerUnreachable', retryable: true, message: expect.stringMatching(/session of the snapshot: terminating connection.*snapshot/s) as string });
    expect(await stored(pod)).toEqual([]);
  });
});
