// Databases that restores loaded into, and that nobody swapped or dropped: their runners were killed, or did not reach the server any more.
import { escapeIdentifier, type Client } from 'pg';
import { LEFTOVER_AGE_SECONDS, type CheckRequest, type CheckSucceeded } from '@postgres-operator/api';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { TEMPORARY } from '../restore/marks.ts';
import { BESIDE_PATTERN } from '../restore/names.ts';

/** A drop waits for a checkpoint. */
const DROP_TIMEOUT = '30s';
/** Not to outlast the Job: what is left is looked at again in an hour. */
const MOST_MILLISECONDS = 30_000;

interface Leftover {
  readonly name: string;
  readonly droppable: boolean;
}

// The server's own clock says how old one is, so that no other has to be right. Of one in another tablespace that is not known: it stays until
// the next restore.
const LEFTOVERS = `
  select d.datname as name,
         coalesce(extract(epoch from now() - file.modification) >= ${LEFTOVER_AGE_SECONDS}, false) and not exists (select from pg_stat_activity a where a.datid = d.oid) as droppable
    from pg_database d, pg_stat_file('base/' || d.oid || '/PG_VERSION', true) as file
   where d.datname::text ~ $1 and shobj_description(d.oid, 'pg_database') = $2 order by 1`;

/** Counts them, and drops those that are surely nobody's any more, if that is wanted. */
export async function tidyLeftovers(session: Client, wanted: NonNullable<CheckRequest['leftovers']>, log: Log): Promise<NonNullable<CheckSucceeded['leftovers']>> {
  const { rows } = await session.query<Leftover>(LEFTOVERS, [BESIDE_PATTERN, TEMPORARY]);
  const until = performance.now() + MOST_MILLISECONDS;
  let dropped = 0;
  for (const { name, droppable } of wanted === 'drop' ? rows : []) {
    if (droppable && performance.now() < until && (await drop(session, name, log))) dropped += 1;
  }
  return { dropped, left: rows.length - dropped };
}

/** Without force: whoever came in meanwhile keeps it. */
async function drop(session: Client, name: string, log: Log): Promise<boolean> {
  try {
    await session.query(`set statement_timeout = '${DROP_TIMEOUT}'`);
    await session.query(`drop database if exists ${escapeIdentifier(name)}`);
    log('dropped a leftover', { database: name });
    return true;
  } catch (error) {
    log('cannot drop a leftover', { level: 'warn', database: name, error: messageOf(error) });
    return false;
  } finally {
    await session.query('reset statement_timeout').catch(() => undefined);
  }
}
