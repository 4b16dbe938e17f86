// Counts and hashes of every table of a database: whether two moments hold the same content.
import type { Kubectl } from './kubectl.ts';

/** What a table holds. */
export interface TableProof {
  readonly rows: number;
  /** MD5 over all rows in the order of their text. */
  readonly hash: string;
}

/** By table name. */
export type DatabaseProof = Readonly<Record<string, TableProof>>;

const LIST_TABLES = `select coalesce(json_agg(format('%I.%I', schemaname, tablename) order by 1), '[]')
  from (select * from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by schemaname, tablename) t`;

const proofOf = (table: string): string =>
  `select json_build_object('rows', count(*), 'hash', md5(coalesce(string_agg(t::text, E'\\n' order by t::text), ''))) from ${table} t;`;

/** Runs SQL as psql does: answers with rows of one column, a line each. */
export type RunSql = (sql: string) => Promise<string>;

/** Reads every table of a database in one session. */
export const proveTables = (kubectl: Kubectl, database: string, dbname: string): Promise<DatabaseProof> => proveDatabase((sql) => kubectl.sql(database, dbname, sql));

/** The same of the database in which `sql` is run. */
export async function proveDatabase(sql: RunSql): Promise<DatabaseProof> {
  const tables = JSON.parse(await sql(LIST_TABLES)) as string[];
  if (tables.length === 0) return {};
  const lines = (await sql(tables.map(proofOf).join('\n'))).split('\n');
  return Object.fromEntries(tables.map((table, index) => [table, JSON.parse(lines[index] ?? 'null') as TableProof]));
}
