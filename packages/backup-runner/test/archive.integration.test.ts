// What pg_dump really writes.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive, type ArchiveContents } from '../src/archive/archive.ts';
import { PASSWORDS, USERS, startPostgres, type PostgresServer } from './postgres-server.ts';
import { asOwner, createDatabase } from './stories.ts';

let server: PostgresServer;
let archive: Buffer;

beforeAll(async () => {
  server = await startPostgres();
  await createDatabase(server, 'odd');
  await asOwner(
    server,
    'odd',
    String.raw`
     create schema "a b";
     create table "a b"."Zäh""l $1" (t text, b bytea);
     insert into "a b"."Zäh""l $1" values ('\.', '\x0a5c2e0a'), (E'\\.\n\\.\n', null), (E'\r\n', ''), (null, null), ('', null), (E'line\u2028end', null);
     insert into "a b"."Zäh""l $1" select repeat(n::text || E'\n', 100000), null from generate_series(1, 3) n;
     create table no_columns ();
     insert into no_columns select from generate_series(1, 5);
     create table one_column (t text);
     insert into one_column values ('\.'), (''), ('\'), ('.'), (E'\n');
     create table nothing (id int);
     create unlogged table unlogged (id int);
     insert into unlogged values (1);
     create table parent (id int);
     create table child () inherits (parent);
     insert into parent values (1);
     insert into child values (2), (3);
     create table part (id int) partition by range (id);
     create table part_low partition of part for values from (0) to (10);
     create table part_high partition of part for values from (10) to (20);
     insert into part select generate_series(0, 15);
     create table many as select n as id, 'row ' || n as name from generate_series(1, 30000) n;
     create materialized view seen as select * from many;
     create view also as select * from many;
     select lo_from_bytea(0, convert_to(repeat(E'x\n', n), 'UTF8')) from generate_series(1, 5000, 500) n;
     select lo_create(4000000001)`,
  );
  archive = await dump('odd');
});
afterAll(() => server.stop());

async function dump(database: string): Promise<Buffer> {
  const env = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: USERS.superuser, PGPASSWORD: PASSWORDS.superuser, PGDATABASE: database };
  const args = ['--format=custom', '--compress=0'];
  const { stdout } = await promisify(execFile)('/usr/lib/postgresql/15/bin/pg_dump', args, { env, encoding: 'buffer', maxBuffer: 2 ** 28 });
  return stdout;
}

function read(bytes: Buffer, size: number): ArchiveContents {
  const reader = readArchive();
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
  return reader.end();
}

/** What the server says of the same tables. */
async function counted(): Promise<ArchiveContents> {
  const found = await server.query<{ schema: string; table: string }>(
    'odd',
    `select n.nspname as schema, c.relname as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in ('public', 'a b') order by n.nspname collate "C", c.relname collate "C"`,
  );
  const tables = [];
  for (const { schema, table } of found) {
    const [row] = await server.query<{ rows: number }>('odd', `select count(*)::int as rows from only "${schema}"."${table.replaceAll('"', '""')}"`);
    tables.push({ schema, table, rows: row?.rows ?? -1 });
  }
  return { tables, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
}

describe('a real archive', () => {
  it('is counted as the server counts its tables', async () => {
    const expected = await counted();
    expect(expected.tables).toHaveLength(11);
    expect(read(archive, 65_536)).toEqual(expected);
  });

  it('is counted the same in whatever chunks it comes', () => {
    const whole = read(archive, archive.length);
    fc.assert(fc.property(fc.integer({ min: 50, max: 9000 }), (size) => void expect(read(archive, size)).toEqual(whole)), { numRuns: 50 });
  });

  it('is refused wherever it is cut', () => {
    fc.assert(fc.property(fc.nat(archive.length - 1), (length) => void expect(() => read(archive.subarray(0, length), 65_536)).toThrow(/ends within|missing/)), { numRuns: 200 });
  });

  it('of a database with nothing in it is complete', async () => {
    await server.query('postgres', 'create database bare');
    expect(read(await dump('bare'), 65_536)).toEqual({ tables: [], rows: 0 });
  });
});
