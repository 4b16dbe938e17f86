// Small tools of the stories: databases with content, and waiting for conditions.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier } from 'pg';
import { childrenOf } from '../../../e2e/lib/process.ts';
import type { Pod } from './runner.ts';
import { USERS, type PostgresServer } from './postgres-server.ts';

/** A busy machine takes its time; what never comes ends here. */
const PATIENCE_MS = 120_000;

/** Waits until the condition gives something. */
export async function until<T>(what: string, condition: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain for: ${what}`);
    await sleep(5);
  }
}

/** Creates a database of the owner's with one small table. */
export async function createDatabase(server: PostgresServer, name: string): Promise<void> {
  await server.query('postgres', `create database ${escapeIdentifier(name)} owner ${escapeIdentifier(USERS.owner)}`);
  await asOwner(server, name, `create table item (id int primary key, name text); insert into item values (1, 'one'), (2, 'two')`);
}

/** Runs statements as the owner of the content. */
export async function asOwner(server: PostgresServer, database: string, sql: string): Promise<void> {
  const client = await server.connect(database, 'owner');
  await client.query(sql).finally(() => client.end());
}

/** Adds rows of a megabyte each that need 12 KB: they are compressed in the server. Dumping or loading them takes a while. */
export async function addBigTable(server: PostgresServer, database: string, rows: number): Promise<void> {
  await asOwner(
    server,
    database,
    `create table big (id int, value text);
     insert into big select 1, repeat('0123456789', 100000);
     insert into big select n, value from big, generate_series(2, ${rows}) n`,
  );
}

/** Adds rows that do not compress: hashes. 85,000 of them make three of the smallest parts. */
export async function addNoise(server: PostgresServer, database: string, rows: number, table = 'noise'): Promise<void> {
  await asOwner(server, database, `create table ${table} as select n as id, sha512(n::text::bytea) as a, sha512((n * 7919)::text::bytea) as b from generate_series(1, ${rows}) n`);
}

/** The server process that copies the big table for the operator, once there is one. */
export const copying = (server: PostgresServer): Promise<number> =>
  until('a COPY by the operator', async () => {
    const [row] = await server.query<{ pid: number }>(
      'postgres',
      `select pid from pg_stat_activity where application_name = 'postgres-operator' and state = 'active' and query like 'COPY public.big %'`,
    );
    return row?.pid;
  });

/** Waits until a server has noticed the end of all runners before: what a killed one asked for goes on for a moment, and looks like what the next one does. */
export const quiet = (server: PostgresServer): Promise<boolean> =>
  until('the end of the sessions before', async () => (await server.query('postgres', `select from pg_stat_activity where application_name = 'postgres-operator'`)).length === 0);

/** The process id of a child of the runner by the program's name. */
export const childNamed = (pid: number | undefined, name: string): number | undefined =>
  childrenOf(pid ?? -1).find((child) => commandOf(child) === name);

/** All paths in the storage, sorted. */
export const stored = async (pod: Pod): Promise<string[]> => (await readdir(pod.storage, { recursive: true })).sort();

/** Names of the databases that users and restores made. */
export async function databases(server: PostgresServer): Promise<string[]> {
  const rows = await server.query<{ datname: string }>('postgres', `select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1`);
  return rows.map(({ datname }) => datname);
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
