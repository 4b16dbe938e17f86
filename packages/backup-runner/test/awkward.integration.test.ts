// Content of many kinds goes into a backup and comes back, by hand and by a Restore, to the last byte.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWKWARD_DATA, AWKWARD_EXTENSIONS, AWKWARD_ROLES } from '../../../e2e/harness/awkward-data.ts';
import { proveDatabase, type DatabaseProof } from '../../../e2e/harness/table-proof.ts';
import { run } from '../../../e2e/lib/run.ts';
import { PASSWORDS, USERS, startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, restoreRequest, runToEnd, type Ended, type Pod } from './runner.ts';
import { asOwner, createDatabase } from './stories.ts';

const BIN = '/usr/lib/postgresql/15/bin';
const DATABASE = `we'ird "$db" =`;
const FOLDER = 'shop/db/nightly-0a1b2c3d';

let source: PostgresServer;
let other: PostgresServer;
let pod: Pod;
let dumped: Ended;
let before: DatabaseProof;
let text: string;

beforeAll(async () => {
  [source, other, pod] = await Promise.all([startPostgres(), startPostgres(), makePod()]);
  await source.query('postgres', AWKWARD_ROLES);
  await createDatabase(source, DATABASE);
  await asOwner(source, DATABASE, AWKWARD_DATA);
  await asOwner(source, DATABASE, AWKWARD_EXTENSIONS);
  before = await proofOf(source);
  text = await textOf(source);
  dumped = await runToEnd(pod, dumpRequest({ host: '127.0.0.1', port: source.port, database: DATABASE }));
});
afterAll(() => Promise.all([source.stop(), other.stop(), pod.remove()]));

const envOf = ({ port }: PostgresServer, database = DATABASE): Record<string, string> => ({
  ...{ PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: USERS.superuser, PGPASSWORD: PASSWORDS.superuser, PGDATABASE: database },
});

const proofOf = (server: PostgresServer): Promise<DatabaseProof> =>
  proveDatabase(async (sql) => (await run(`${BIN}/psql`, ['-XAtq', '-v', 'ON_ERROR_STOP=1'], { env: envOf(server), input: sql })).stdout.trimEnd());

/** Everything that pg_dump can say of a database: definitions, owners, privileges, rows in their order, sequences, large objects. */
async function textOf(server: PostgresServer): Promise<string> {
  const { stdout } = await run(`${BIN}/pg_dump`, [], { env: envOf(server) });
  // A random key against psql commands in a dump.
  return stdout.replace(/^\\(un)?restrict .*$/gm, '');
}

/** The first line in which two texts differ: they are megabytes. */
function difference(found: string, expected: string): string | undefined {
  const lines = expected.split('\n');
  const at = found.split('\n').findIndex((line, index) => line !== lines[index]);
  return found === expected ? undefined : `line ${at}: ${found.split('\n')[at]?.slice(0, 200)} instead of ${lines[at]?.slice(0, 200)}`;
}

describe('awkward content', () => {
  it('is dumped whole, and nothing of it needs a superuser', async () => {
    expect(dumped.result, dumped.log).toMatchObject({ outcome: 'succeeded', superuserOnly: { count: 0, first: [] } });
    const manifest = JSON.parse(await readFile(join(pod.storage, FOLDER, 'manifest.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest['roles']).toEqual([`Zoë's "reader"`, 'auditor', USERS.owner]);
    expect(manifest['extensions']).toContainEqual({ name: 'citext', version: '1.6', schema: `ext's` });
    expect(manifest['database']).toMatchObject({ name: DATABASE, collationVersion: null, actualCollationVersion: null });
    expect(Object.values(before).filter(({ rows }) => rows === 0)).not.toEqual([]);
  });

  it('comes back on another server by zstd, psql and pg_restore alone, with its owners and privileges', async () => {
    const globals = await run('sh', ['-c', `zstd -dc globals*.sql.zst | ${BIN}/psql -XAq`], { cwd: join(pod.storage, FOLDER), env: envOf(other, 'postgres') });
    // The roles that are on every server.
    expect(globals.stderr.split('\n').filter((line) => line.includes('ERROR') && !line.includes('already exists'))).toEqual([]);
    await run(`${BIN}/createdb`, ['--template=template0', DATABASE], { env: envOf(other, 'postgres') });
    const restore = `zstd -dc dump*.pgcustom.zst | ${BIN}/pg_restore --exit-on-error --dbname="dbname='we\\\\'ird \\"\\$db\\" ='"`;
    await run('sh', ['-c', restore], { cwd: join(pod.storage, FOLDER), env: envOf(other) });
    expect(await proofOf(other)).toEqual(before);
    expect(difference(await textOf(other), text)).toBeUndefined();
  });

  it('brings roles with their settings and memberships, and nothing to log in with', async () => {
    const roles = `select r.rolname, r.rolinherit, r.rolcanlogin, r.rolconfig, a.rolpassword from pg_roles r join pg_authid a using (oid) where r.rolname in ('auditor', 'Zoë''s "reader"') order by 1`;
    expect(await other.query('postgres', roles)).toEqual(await source.query('postgres', roles));
    const members = `select m.rolname as member, r.rolname as role, a.admin_option from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid where r.rolname = 'auditor'`;
    expect(await other.query('postgres', members)).toEqual([{ member: `Zoë's "reader"`, role: 'auditor', admin_option: true }]);
    const sql = (await run('zstd', ['-dc', join(pod.storage, FOLDER, 'globals.sql.zst')])).stdout;
    expect(sql).toContain(`SET work_mem TO '8MB'`);
    expect(sql).not.toMatch(/SCRAM|md5[0-9a-f]{32}|PASSWORD '/);
  });

  // Last: afterwards the database is the restored one.
  it('comes back by a Restore as its owner', async () => {
    if (dumped.result.outcome !== 'succeeded' || dumped.result.command !== 'dump') throw new Error(dumped.log);
    await asOwner(source, DATABASE, 'drop table "10 MB"; truncate parent cascade');
    const { result, log } = await runToEnd(pod, restoreRequest({ host: '127.0.0.1', port: source.port, database: DATABASE }, dumped.result.manifestSha256));
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
    expect(await proofOf(source)).toEqual(before);
    expect(difference(await textOf(source), text)).toBeUndefined();
  });
});
