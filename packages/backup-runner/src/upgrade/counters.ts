// What tells of a write. The server's transaction ids miss none, but its own cleaning takes some too; the statistics of tables tell the one from the
// other, and forget what a crash takes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Run } from '../environment.ts';
import { flag, shape, text } from '../shape.ts';

/** What a server has counted. */
export interface Counters {
  /** The transaction id after the last one that has ended. */
  readonly nextXid: string;
  /** Rows inserted, updated and deleted since the statistics began, in tables and catalogs; not those that ANALYZE writes. */
  readonly rows: string;
  /** Digest of where all sequences are: most calls of nextval take no transaction id. */
  readonly sequences: string;
  /** Digest of what ALTER SYSTEM has set, which takes none at all. */
  readonly settings: string;
  /** Whether the statistics count. */
  readonly counts: boolean;
}

export const isCounters = shape<Counters>({ nextXid: text, rows: text, sequences: text, settings: text, counts: flag });

const SQL = `
  select pg_snapshot_xmax(pg_current_snapshot())::text as "nextXid",
         (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::text from pg_stat_all_tables
           where relid not in (select unnest(array[oid, reltoastrelid]) from pg_class where oid in ('pg_statistic'::regclass, 'pg_statistic_ext_data'::regclass))) as rows,
         (select md5(coalesce(string_agg(concat_ws(' ', schemaname, sequencename, last_value), ',' order by schemaname, sequencename), '')) from pg_sequences) as sequences,
         md5(pg_read_file('postgresql.auto.conf')) as settings,
         current_setting('track_counts')::bool as counts`;

/** Before 15, statistics that are younger than PGSTAT_STAT_INTERVAL, 500 ms, are not asked for again. */
const STALE_MILLISECONDS = 600;

/** Reads them, of the database that the session is connected to, by the statistics as they are now. Sessions that have not ended may not have told all. */
export async function readCounters({ signal }: Run, session: Client, major: number): Promise<Counters> {
  if (major < 15) await sleep(STALE_MILLISECONDS, undefined, { signal });
  const [counters] = (await session.query<Counters>(SQL)).rows;
  if (counters === undefined) throw new Error('the server did not say what it counted');
  return counters;
}

/** What was written between the two, in words; undefined: nothing was. */
export function writtenBetween(before: Counters, after: Counters): string | undefined {
  if (after.settings !== before.settings) return 'ALTER SYSTEM has changed a setting';
  if (after.sequences !== before.sequences) return 'a sequence was used';
  if (after.nextXid === before.nextXid) return undefined;
  const transactions = `${BigInt(after.nextXid) - BigInt(before.nextXid)} transactions wrote something`;
  if (!before.counts || !after.counts) return `${transactions}, and track_counts is off, so that nobody can say whether it was the server's own cleaning`;
  // Counts only grow, but those of a server that was killed begin anew.
  if (BigInt(after.rows) < BigInt(before.rows)) return 'the server was killed and has lost its counts, so that nobody can say whether something was written';
  return after.rows === before.rows ? undefined : transactions;
}
