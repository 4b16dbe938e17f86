import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../../e2e/lib/run.ts';
import { PASSWORDS, USERS, startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, runToEnd, startRunner, type Pod } from './runner.ts';
import { addBigTable, childNamed, copying, createDatabase, quiet, stored, until } from './stories.ts';
import { withTool } from './tools.ts';

let server: PostgresServer;
let pod: Pod;
let at: (database: string) => { host: string; port: number; database: string };

beforeAll(async () => {
  server = await startPostgres();
  at = (database) => ({ host: '127.0.0.1', port: server.port, database });
  await createDatabase(server, 'shop');
  await createDatabase(server, 'large');
  await addBigTable(server, 'large', 600);
});
afterAll(() => server.stop());
beforeEach(async () => {
  await quiet(server);
  pod = await makePod();
  onTestFinished(() => pod.remove());
});

const FOLDER = 'shop/db/nightly-0a1b2c3d';
const FILES = ['shop', 'shop/db', FOLDER, `${FOLDER}/dump.pgcustom.zst`, `${FOLDER}/globals.sql.zst`, `${FOLDER}/manifest.json`];

describe('a dump', () => {
  it('is a file for standard tools, and a manifest that says what it is', async () => {
    const { exitCode, result, log } = await runToEnd(pod, dumpRequest(at('shop'), { attempt: 2 }));
    expect(exitCode, log).toBe(0);
    expect(await stored(pod)).toEqual(FILES);
    expect(log.split('\n')[0]).toMatch(/"msg":"run started","command":"dump",.*"attempt":2/);
    const dump = await readFile(join(pod.storage, FOLDER, 'dump.pgcustom.zst'));
    const manifest = await readFile(join(pod.storage, FOLDER, 'manifest.json'));
    const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(result).toMatchObject({ outcome: 'succeeded', bytes: dump.length, sha256: sha256(dump), manifestSha256: sha256(manifest) });
    expect(JSON.parse(manifest.toString())).toMatchObject({ formatVersion: 1, database: { name: 'shop', encoding: 'UTF8' }, files: [{ sha256: sha256(dump) }, { name: 'globals.sql.zst' }] });
    expect(result).toMatchObject({ tables: 1, rows: 2 });
    expect(JSON.parse(manifest.toString())).toMatchObject({ rows: 2, tables: [{ schema: 'public', table: 'item', rows: 2 }] });
    const listed = await run('sh', ['-c', 'zstd -dc "$1" | /usr/lib/postgresql/15/bin/pg_restore -f -', 'sh', join(pod.storage, FOLDER, 'dump.pgcustom.zst')]);
    expect(listed.stdout).toContain('1\tone\n2\ttwo\n');
    expect(await readdir(pod.environment.scratchFolder)).toEqual([]);
  });

  it('brings the roles and who is a member of which, and nothing to log in with', async () => {
    await server.query('postgres', `create role "we""ird" login password 'unforgettable' connection limit 3; create role readers; grant readers to "we""ird"`);
    onTestFinished(async () => void (await server.query('postgres', 'drop role readers, "we""ird"')));
    const { result, log } = await runToEnd(pod, dumpRequest(at('shop')));
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
    const sql = (await run('zstd', ['-dc', join(pod.storage, FOLDER, 'globals.sql.zst')])).stdout;
    expect(sql).toContain('CREATE ROLE "we""ird";');
    expect(sql).toMatch(/GRANT readers TO "we""ird"/);
    expect(sql).not.toMatch(/SCRAM|unforgettable| PASSWORD '/);
  });

  it('comes back by the commands of docs/backup-format.md, word for word', async () => {
    const { result } = await runToEnd(pod, dumpRequest(at('shop')));
    onTestFinished(async () => void (await server.query('postgres', 'drop database if exists restored')));
    const page = await readFile(new URL('../../../docs/backup-format.md', import.meta.url), 'utf8');
    const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
    expect(commands).toHaveLength(2);
    const env = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: USERS.superuser, PGPASSWORD: PASSWORDS.superuser };
    const { stdout } = await run('sh', ['-ec', commands.join('')], { cwd: join(pod.storage, FOLDER), env });
    expect(stdout).toContain(result.outcome === 'succeeded' && result.command === 'dump' ? result.sha256 : '?');
    expect(await server.query('restored', 'select name from item order by id')).toEqual([{ name: 'one' }, { name: 'two' }]);
  });

  it('that is asked for again reports the first', async () => {
    const first = await runToEnd(pod, dumpRequest(at('shop')));
    const second = await runToEnd(pod, dumpRequest(at('no longer there')));
    expect(second.result).toEqual(first.result);
  });

  it('that was damaged is not reported again', async () => {
    await runToEnd(pod, dumpRequest(at('shop')));
    await writeFile(join(pod.storage, FOLDER, 'dump.pgcustom.zst'), 'x');
    expect((await runToEnd(pod, dumpRequest(at('shop')))).result).toMatchObject({ reason: 'BackupCorrupt' });
  });

  it('never takes the place of another Backup', async () => {
    const first = dumpRequest(at('shop'));
    await runToEnd(pod, first);
    const other = await runToEnd(pod, { ...first, object: { ...first.object, name: 'other', uid: 'ffffffff-0000-4000-8000-000000000009' } });
    expect(other.result).toMatchObject({ reason: 'StorageFailed', message: expect.stringContaining('shop/nightly') as string });
  });
});

describe('a dump that cannot begin', () => {
  it('for a wrong password says so, once and for all', async () => {
    await writeFile(join(pod.environment.credentialsFolder, 'backup/password'), 'wrong');
    const { exitCode, result, log } = await runToEnd(pod, dumpRequest(at('shop')));
    expect(result).toMatchObject({ reason: 'AuthenticationFailed', retryable: false });
    expect(exitCode).toBe(20);
    expect(log).not.toContain('cannot connect","attempt":2');
    expect(await stored(pod)).toEqual([]);
  });

  it('for want of the database', async () => {
    expect((await runToEnd(pod, dumpRequest(at('none')))).result).toMatchObject({ reason: 'DatabaseMissing', retryable: false });
  });

  it('for want of a server may work later', async () => {
    const { exitCode, result } = await runToEnd(pod, dumpRequest({ ...at('shop'), port: 1 }));
    expect(result).toMatchObject({ reason: 'ServerUnreachable', retryable: true });
    expect(exitCode).toBe(10);
  });

  it('for a path that leads elsewhere', async () => {
    await mkdir(join(pod.folder, 'elsewhere'));
    await symlink(join(pod.folder, 'elsewhere'), join(pod.storage, 'shop'));
    expect((await runToEnd(pod, dumpRequest(at('shop')))).result).toMatchObject({ reason: 'StorageFailed', message: expect.stringContaining('symbolic link') as string });
    expect(await readdir(join(pod.folder, 'elsewhere'))).toEqual([]);
  });

  it('for want of clients', async () => {
    pod = { ...pod, environment: { ...pod.environment, toolsFolder: pod.folder } };
    expect((await runToEnd(pod, dumpRequest(at('shop')))).result).toMatchObject({ reason: 'ClientTooOld' });
  });
});

describe('a dump that pg_dump calls complete, and that is not', () => {
  it.each([
    ['cut within its rows', 'head -c -20', 'ends within a data block'],
    ['without its data', 'head -c -43', '1 data blocks are missing, the first of table public.item'],
    ['with something behind it', `{ cat; printf 'x'; }`, 'ends within a data block'],
    ['of nothing', 'true', 'ends within its table of contents'],
    ['of something else', 'tr P Q', 'does not begin like an archive'],
  ])('%s leaves nothing', async (_what, filter, words) => {
    pod = await withTool(pod, 'pg_dump', `real "$@" | ${filter}`);
    const { result } = await runToEnd(pod, dumpRequest(at('shop')));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'DumpFailed', message: expect.stringContaining(words) as string });
    expect(await stored(pod)).toEqual([]);
  });

  it('for want of the end of the roles leaves nothing', async () => {
    pod = await withTool(pod, 'pg_dumpall', 'real "$@" | head -c 400');
    expect((await runToEnd(pod, dumpRequest(at('shop')))).result).toMatchObject({ reason: 'DumpFailed', message: expect.stringContaining('pg_dumpall') as string });
    expect(await stored(pod)).toEqual([]);
  });
});

describe('a dump that is broken off', () => {
  it('by the end of pg_dump leaves nothing, though its output ended properly', async () => {
    const runner = startRunner(pod, dumpRequest(at('large')));
    await copying(server);
    process.kill(await until('pg_dump', () => childNamed(runner.child.pid, 'pg_dump')), 'SIGKILL');
    const { result, exitCode } = await runner.ended;
    expect(result).toMatchObject({ outcome: 'failed', reason: 'DumpFailed', retryable: true });
    expect(exitCode).toBe(10);
    expect(await stored(pod)).toEqual([]);
  });

  it('by the server leaves nothing, and may work another time', async () => {
    const runner = startRunner(pod, dumpRequest(at('large')));
    await server.query('postgres', 'select pg_terminate_backend($1)', [await copying(server)]);
    expect((await runner.ended).result).toMatchObject({ reason: 'ServerUnreachable', retryable: true });
    expect(await stored(pod)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('by %s leaves nothing, and says that it was stopped', async (signal) => {
    const runner = startRunner(pod, dumpRequest(at('large')));
    await copying(server);
    const stoppedAt = Date.now();
    runner.child.kill(signal);
    const { result, exitCode } = await runner.ended;
    expect(result).toMatchObject({ reason: 'Cancelled' });
    expect(exitCode).toBe(143);
    // Well within the 30 s that a pod has.
    expect(Date.now() - stoppedAt).toBeLessThan(20_000);
    expect(await stored(pod)).toEqual([]);
    expect(await readdir(pod.environment.scratchFolder)).toEqual([]);
  });

  it('by the death of the runner leaves nothing under a final name, and the next one tidies up', async () => {
    const runner = startRunner(pod, dumpRequest(at('large')));
    await copying(server);
    runner.child.kill('SIGKILL');
    await runner.ended;
    expect((await stored(pod)).filter((path) => path.endsWith('.partial'))).toHaveLength(1);
    expect(await stored(pod)).not.toContain(FOLDER);
    expect((await runToEnd(pod, dumpRequest(at('shop')))).exitCode).toBe(0);
    expect(await stored(pod)).toEqual(FILES);
  });

  it('by a claim that is read-only says so, and tries no more', async () => {
    const command = ['sh', '-c', `mount -t tmpfs -o ro tmpfs "$0" && "$@"`, pod.storage];
    const { result, exitCode } = await startRunner(pod, dumpRequest(at('shop')), ['unshare', '--mount', ...command]).ended;
    expect(result).toMatchObject({ reason: 'StorageFailed', retryable: false, message: expect.stringContaining('mounted read-only') as string });
    expect(exitCode).toBe(20);
  });

  it('by a full claim names the claim, and leaves nothing', async () => {
    const command = ['sh', '-c', `mount -t tmpfs -o size=64k tmpfs "$0" && "$@"; code=$?; find "$0" -mindepth 1 >&2; exit $code`, pod.storage];
    const { result, log } = await startRunner(pod, dumpRequest(at('large')), ['unshare', '--mount', ...command]).ended;
    expect(result).toMatchObject({ reason: 'StorageFull', message: expect.stringContaining('pvc://backups/shop') as string });
    expect(log).not.toContain('.partial');
  });
});
