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

/** Reads every table of a database in one session. */
export async function proveTables(kubectl: Kubectl, database: string, dbname: string): Promise<DatabaseProof> {
  const tables = JSON.parse(await kubectl.sql(database, dbname, LIST_TABLES)) as string[];
  if (tables.length === 0) return {};
  const lines = (await kubectl.sql(database, dbname, tables.map(proofOf).join('\n'))).split('\n');
  return Object.fromEntries(tables.map((table, index) => [table, JSON.parse(lines[index] ?? 'null') as TableProof]));
}
