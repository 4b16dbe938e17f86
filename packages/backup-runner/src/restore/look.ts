// A restore's runner looks at the server before it acts: another attempt may have been killed at any point.
import type { Client } from 'pg';
import { RunError } from '../errors.ts';
import { databaseFacts, type DatabaseFacts } from '../postgres/server-facts.ts';
import { candidates, isHusk } from './leftovers.ts';
import { TEMPORARY } from './marks.ts';
import type { RestoreNames } from './names.ts';
import { readSwapRecord, type SwapRecord } from './swap-record.ts';

/** What the server says before a restore. */
export interface Seen {
  readonly live: DatabaseFacts;
  /** Set when this very restore has already given its database the final name. */
  readonly done: SwapRecord | undefined;
}

interface Looking {
  readonly names: RestoreNames;
  readonly uid: string;
  /** Restore beside for good, under this name. */
  readonly target: string | undefined;
}

/** Looks at the live database, and refuses what could not be finished in the end. Changes nothing. */
export async function look(client: Client, { names, uid, target }: Looking): Promise<Seen> {
  const live = await databaseFacts(client, names.live);
  const done = await readSwapRecord(client, target ?? names.live, uid);
  if (done !== undefined) return { live, done };
  await refuseForeign(client, names);
  if (target === undefined) await refuseUnlessSwappable(client, names.live);
  else await refuseTaken(client, target);
  return { live, done };
}

/** Refuses a database that PostgreSQL would not let go: prepared transactions and logical slots are bound to it. */
export async function refuseUnlessSwappable(client: Client, live: string): Promise<void> {
  const { rows } = await client.query<{ what: string }>(
    `select 'the prepared transaction ' || quote_literal(gid) as what from pg_prepared_xacts where database = $1
      union all select 'the logical replication slot ' || quote_literal(slot_name::text) from pg_replication_slots where database = $1`,
    [live],
  );
  if (rows.length === 0) return;
  const found = rows.map(({ what }) => what).join(', ');
  throw new RunError('SwapFailed', `the database ${JSON.stringify(live)} is held by ${found}; end it, then restore. The database is unchanged.`);
}

/** Refuses a name that somebody has. */
export async function refuseTaken(client: Client, target: string): Promise<void> {
  if ((await candidates(client, target)).length === 0) return;
  throw new RunError('TargetExists', `the server already has a database ${JSON.stringify(target)}, and a restore beside never touches one; choose another name or drop it`);
}

async function refuseForeign(client: Client, { live, beside, previous }: RestoreNames): Promise<void> {
  const found = [...(await candidates(client, beside)), ...(await candidates(client, previous))];
  const foreign = found.find((database) => database.name === live || !(database.comment === TEMPORARY || (database.name === beside && isHusk(database))));
  if (foreign === undefined) return;
  throw new RunError('RestoreFailed', `the server has a database ${foreign.name} that is not the operator's, and this restore needs the name; rename it`);
}
