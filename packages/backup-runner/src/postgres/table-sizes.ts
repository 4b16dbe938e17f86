import type { Client } from 'pg';

interface Row {
  table: string;
  bytes: string;
}

const TABLES = `
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and (n.nspname not in ('pg_catalog', 'information_schema') or c.oid = 'pg_largeobject'::regclass)`;

// With what is kept beside the rows, without indexes.
const MEASURED = `select n.nspname || '.' || c.relname as table, pg_table_size(c.oid) as bytes ${TABLES}`;

// What the last VACUUM or ANALYZE has seen.
const REMEMBERED = `
  select n.nspname || '.' || c.relname as table,
         greatest(c.relpages + coalesce((select t.relpages from pg_class t where t.oid = c.reltoastrelid), 0), 0) * current_setting('block_size')::bigint as bytes ${TABLES}`;

/** Bytes that each table occupies, by schema.table; the large objects are pg_catalog.pg_largeobject. */
export async function tableSizes(client: Client): Promise<Map<string, number>> {
  // To measure a table needs a lock on it, which somebody may be holding.
  await client.query(`set lock_timeout = '500ms'`);
  const { rows } = await client.query<Row>(MEASURED).catch(() => client.query<Row>(REMEMBERED));
  return new Map(rows.map(({ table, bytes }) => [table, Number(bytes)]));
}
