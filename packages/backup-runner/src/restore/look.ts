// A restore's runner looks at the server before it acts: another attempt may have been killed at any point.
import type { Client } from 'pg';
import { RunError } from '../errors.ts';
import type { Log } from '../log.ts';
import { databaseFacts, type DatabaseFacts } from '../postgres/server-facts.ts';
import { dropDatabase } from './beside.ts';
import { LEFTOVER_PATTERN, MARKER, type RestoreNames } from './names.ts';
import { readSwapRecord, type SwapRecord } from './swap-record.ts';

/** What the server says before a restore. */
export interface Seen {
  readonly live: DatabaseFacts;
  /** Set when this very restore has already taken the live name. */
  readonly swapped: SwapRecord | undefined;
}

/** Looks at the live database, and refuses what could not be swapped in the end. Changes nothing. */
export async function look(client: Client, names: RestoreNames, uid: string): Promise<Seen> {
  const live = await databaseFacts(client, names.live);
  const swapped = await readSwapRecord(client, names.live, uid);
  if (swapped === undefined) {
    await refuseForeign(client, names);
    await refuseUnlessSwappable(client, names.live);
  }
  return { live, swapped };
}

/** Refuses a database that PostgreSQL would not let go: prepared transactions and logical slots are bound to it. */
export async function refuseUnlessSwappable(client: Client, live: string): Promise<void> {
  const { rows } = await client.query<{ what: string }>(
    `select 'the prepared transaction ' || quote_literal(gid) as what from pg_prepared_xacts where database = $1
      union all select 'the logical replication slot ' || quote_literal(slot_name) from pg_replication_slots where database = $1`,
    [live],
  );
  if (rows.length === 0) return;
  const found = rows.map(({ what }) => what).join(', ');
  throw new RunError('SwapFailed', `the database ${JSON.stringify(live)} is held by ${found}; end it, then restore. The database is unchanged.`);
}

/**
 * Drops what killed restores left. Only what carries the operator's mark, never the live database, and never a previous
 * one while nothing has the live name.
 */
export async function dropLeftovers(client: Client, names: RestoreNames, log: Log): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    `select datname from pg_database
      where datname ~ $1 and datname <> $2
        and (shobj_description(oid, 'pg_database') = $3 or (datname = $4 and ${UNMARKED_HUSK}))
        and (starts_with(datname, 'restore_') or exists (select from pg_database where datname = $2))`,
    [LEFTOVER_PATTERN, names.live, MARKER, names.beside],
  );
  for (const { datname } of rows) {
    log('dropping a leftover', { database: datname });
    await dropDatabase(client, datname);
  }
}

// CREATE DATABASE and COMMENT cannot share a transaction. A run killed between them leaves a database of its own name that
// nobody can connect to: see createBeside.
const UNMARKED_HUSK = `not datallowconn and shobj_description(oid, 'pg_database') is null`;

async function refuseForeign(client: Client, { live, beside, previous }: RestoreNames): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    `select datname from pg_database
      where datname in ($1, $2)
        and (datname = $3 or not (coalesce(shobj_description(oid, 'pg_database'), '') = $4 or (datname = $1 and ${UNMARKED_HUSK})))`,
    [beside, previous, live, MARKER],
  );
  const [foreign] = rows;
  if (foreign === undefined) return;
  throw new RunError('RestoreFailed', `the server has a database ${foreign.datname} that is not the operator's, and this restore needs the name; rename it`);
}
