// What will be otherwise after an upgrade, and does not stand in its way.
import type { Client } from 'pg';
import { listed } from './obstacles.ts';
import { removedFunctions, removedSettings, type Majors } from './removed.ts';

/** A question to the catalogs, and what somebody may want to know if there is an answer. */
interface Note {
  /** Gives a column `name`. */
  readonly sql: string;
  readonly values?: readonly unknown[];
  readonly say: (names: string) => string;
}

// Numbers of the old server's transactions and of its log.
const OWN_TYPES = ['xid', 'xid8', 'cid', 'tid', 'pg_lsn', 'txid_snapshot', 'pg_snapshot'];

const notesFor = (majors: Majors): Note[] => [
  {
    sql: `
      select name from pg_file_settings where sourcefile = current_setting('data_directory') || '/postgresql.auto.conf' and name = any ($1)
      union select split_part(setting, '=', 1) from pg_db_role_setting, unnest(setconfig) setting where split_part(setting, '=', 1) = any ($1) order by 1`,
    values: [removedSettings(majors)],
    say: (names) => `PostgreSQL ${majors.to} does not know these settings, which are not carried: ${names}`,
  },
  {
    sql: `
      select distinct quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace, unnest($1::text[]) gone
       where p.oid >= 16384 and p.prosrc ~ ('\\m' || gone || '\\M') order by 1`,
    values: [removedFunctions(majors)],
    say: (names) => `functions name what PostgreSQL ${majors.to} does not have, and will fail when they are called: ${names}`,
  },
  {
    sql: `
      select distinct quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname) as name
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where c.oid >= 16384 and c.relkind in ('r', 'm') and n.nspname <> 'pg_toast' and a.attnum > 0 and not a.attisdropped and a.atttypid = any ($1::regtype[]) order by 1`,
    values: [OWN_TYPES],
    say: (names) => `columns hold numbers of the old server's transactions or log, which mean nothing on the new one: ${names}`,
  },
  { sql: 'select quote_ident(pubname) as name from pg_publication order by 1', say: (names) => `publications are carried, and their subscribers have to begin anew: ${names}` },
  {
    sql: `select quote_ident(slot_name) as name from pg_replication_slots where slot_type = 'physical' and not temporary and slot_name !~ '^standby_[0-9]+$' order by 1`,
    say: (names) => `replication slots are not carried: ${names}`,
  },
  {
    sql: `select quote_ident(rolname) as name from pg_authid where rolpassword like 'md5%' order by 1`,
    say: (names) => `roles log in with MD5 passwords, which PostgreSQL is giving up; they are carried: ${names}`,
  },
];

/** Finds what is worth a note, in the database that the session is connected to and what all databases share. */
export async function findNotes(session: Client, majors: Majors): Promise<string[]> {
  const notes: string[] = [];
  for (const { sql, values = [], say } of notesFor(majors)) {
    const { rows } = await session.query<{ name: string }>(sql, [...values]);
    if (rows.length > 0) notes.push(say(listed(rows.map(({ name }) => name))));
  }
  return notes;
}
