// What only a superuser can restore: that it is named, that nothing else is, and that it is true.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { superuserObjects } from '../src/postgres/superuser-only.ts';
import { PASSWORDS, USERS, startPostgres, type PostgresServer } from './postgres-server.ts';
import { asOwner } from './stories.ts';
import { ALLOWED_CONTENT, SUPERUSER_CONTENT } from './superuser-content.ts';

const BIN = '/usr/lib/postgresql/15/bin';
const OWNER = escapeIdentifier(USERS.owner);
let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres(['wal_level=logical', 'allow_in_place_tablespaces=on']);
  await server.query('postgres', `create role a; create role b; create role reader; create role friend; grant friend to ${OWNER}; grant set on parameter log_min_messages to ${OWNER}`);
  await server.query('postgres', `create tablespace aside location ''`);
  await server.query('postgres', `create tablespace "for all" location ''`);
  await server.query('postgres', `grant create on tablespace "for all" to public`);
});
afterAll(() => server.stop());

async function newDatabase(): Promise<string> {
  const name = `db${(databases += 1)}`;
  await server.query('postgres', `create database ${name} owner ${OWNER} template template0`);
  return name;
}

async function namedIn(database: string): Promise<string[]> {
  const client = await server.connect(database, 'backup');
  // As the runner's sessions have it.
  await client.query('set search_path to pg_catalog');
  const found = await superuserObjects(client, 15).finally(() => client.end());
  return found.map(({ kind, name, why }) => `${kind} ${name} (${why})`);
}

/** Dumps, and restores as the owner, with all privileges: a Restore leaves out those that it cannot give. Resolves to what pg_restore said. */
async function restoreAsOwner(database: string): Promise<string> {
  const archive = `${server.folder}/${database}.pgcustom`;
  const tool = (name: string, identity: 'backup' | 'owner', args: string[]): Promise<{ stderr: string }> =>
    promisify(execFile)(`${BIN}/${name}`, args, { env: { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: USERS[identity], PGPASSWORD: PASSWORDS[identity] } });
  await tool('pg_dump', 'backup', ['--format=custom', '--compress=0', `--file=${archive}`, database]);
  const target = await newDatabase();
  return tool('pg_restore', 'owner', ['--exit-on-error', '--no-owner', `--dbname=${target}`, archive]).then(
    () => 'restored',
    (error: unknown) => (error as { stderr: string }).stderr,
  );
}

describe('what only a superuser can restore', () => {
  it.each(Object.entries(SUPERUSER_CONTENT))('%s is named, and the owner’s restore shows it', async (_what, { sql, named, fails }) => {
    const database = await newDatabase();
    await server.query(database, sql);
    expect(await namedIn(database)).toEqual(named);
    expect(await restoreAsOwner(database)).toMatch(new RegExp(fails ?? '^restored$'));
  });

  it('is nothing in a database of what an owner may have, and the owner restores it', async () => {
    const database = await newDatabase();
    await asOwner(server, database, ALLOWED_CONTENT);
    expect(await namedIn(database)).toEqual([]);
    expect(await restoreAsOwner(database)).toBe('restored');
  });
});
