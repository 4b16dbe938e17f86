// The primary: it is one, and it takes a row.
import { randomUUID } from 'node:crypto';
import { DatabaseError, type Client } from 'pg';
import type { Finding } from './inspection.ts';

/** What has to be known of the primary to judge its standbys. */
export interface PrimaryFacts {
  readonly serverVersion: string;
  readonly major: number;
  readonly systemIdentifier: string;
  readonly inRecovery: boolean;
}

const FACTS = `
  select split_part(current_setting('server_version'), ' ', 1) as "serverVersion", current_setting('server_version_num')::int / 10000 as major,
         system_identifier::text as "systemIdentifier", pg_is_in_recovery() as "inRecovery" from pg_control_system()`;

/** Asks the primary who it is. */
export async function primaryFacts(session: Client): Promise<PrimaryFacts> {
  const [facts] = (await session.query<PrimaryFacts>(FACTS)).rows;
  if (facts === undefined) throw new Error('the server did not say who it is');
  return facts;
}

/** The one row of all checks. Its schema is the superuser's, so that nobody can put a trigger there. */
export const CHECK_TABLE = 'database_operator.consistency_check';

/** Held by who makes it: of two at once, IF NOT EXISTS lets the second one fail. */
export const MAKING = 'select pg_catalog.pg_advisory_xact_lock(7305137201)';

const MAKE_TABLE = `
  ${MAKING};
  create schema if not exists database_operator;
  create table if not exists ${CHECK_TABLE} (id int primary key check (id = 1), token uuid not null, written_at timestamptz not null)`;
const WRITE = `insert into ${CHECK_TABLE} values (1, $1, now()) on conflict (id) do update set token = excluded.token, written_at = excluded.written_at`;

/** A row that was committed. */
export interface FreshRow {
  readonly token: string;
  /** When its commit was confirmed, by the clock of `performance`. */
  readonly writtenAt: number;
}

/** Writes a row that no server has seen before, over that of the last check; or says why it cannot. */
export async function writeRow(session: Client): Promise<FreshRow | Finding> {
  const token = randomUUID();
  try {
    const [made] = (await session.query<{ made: boolean }>(`select to_regclass($1) is not null as made`, [CHECK_TABLE])).rows;
    if (made?.made !== true) await session.query(MAKE_TABLE);
    await session.query(WRITE, [token]);
    return { token, writtenAt: performance.now() };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return { reason: 'PrimaryNotWritable', message: `the primary does not take a row: ${error.message}` };
  }
}
