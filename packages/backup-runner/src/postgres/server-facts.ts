import type { Client } from 'pg';
import { RunError } from '../errors.ts';

/** What a run has to know of a database before it touches it. */
export interface DatabaseFacts {
  readonly serverVersion: string;
  readonly serverMajor: number;
  readonly name: string;
  readonly oid: string;
  readonly owner: string;
  readonly encoding: string;
  readonly locale: Locale;
  readonly tablespace: string;
  readonly connectionLimit: number;
  readonly comment: string | null;
}

/** How a database sorts and classifies characters. */
export interface Locale {
  readonly provider: 'libc' | 'icu' | 'builtin';
  readonly collate: string;
  readonly ctype: string;
  /** ICU's or the built-in provider's locale. */
  readonly locale: string | null;
  readonly icuRules: string | null;
}

const PROVIDERS: Readonly<Record<string, Locale['provider']>> = { c: 'libc', i: 'icu', b: 'builtin' };

interface Row {
  version: string;
  major: number;
  oid: string;
  owner: string;
  encoding: string;
  tablespace: string;
  comment: string | null;
  // The row as JSON: which columns there are depends on the major.
  row: {
    datcollate: string;
    datctype: string;
    datconnlimit: number;
    datlocprovider?: string;
    daticulocale?: string | null;
    datlocale?: string | null;
    daticurules?: string | null;
  };
}

const SQL = `
  select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('server_version_num')::int / 10000 as major,
         d.oid::text, pg_get_userbyid(d.datdba) as owner, pg_encoding_to_char(d.encoding) as encoding,
         t.spcname as tablespace, shobj_description(d.oid, 'pg_database') as comment, to_jsonb(d) as row
    from pg_database d join pg_tablespace t on t.oid = d.dattablespace
   where d.datname = $1`;

/** Reads the facts of a database, from a connection to any database of its server. */
export async function databaseFacts(client: Client, name: string): Promise<DatabaseFacts> {
  const [found] = (await client.query<Row>(SQL, [name])).rows;
  if (found === undefined) throw new RunError('DatabaseMissing', `the server has no database ${JSON.stringify(name)}`);
  const { row } = found;
  return {
    serverVersion: found.version,
    serverMajor: found.major,
    name,
    oid: found.oid,
    owner: found.owner,
    encoding: found.encoding,
    locale: {
      provider: PROVIDERS[row.datlocprovider ?? 'c'] ?? 'libc',
      collate: row.datcollate,
      ctype: row.datctype,
      locale: row.datlocale ?? row.daticulocale ?? null,
      icuRules: row.daticurules ?? null,
    },
    tablespace: found.tablespace,
    connectionLimit: row.datconnlimit,
    comment: found.comment,
  };
}

/** Bytes of the database that the session is connected to, with its indexes. */
export async function databaseSize(client: Client): Promise<number> {
  const { rows } = await client.query<{ size: string }>('select pg_database_size(current_database()) as size');
  return Number(rows[0]?.size ?? 0);
}
