// Counts what was restored, table by table, and compares it with what the dump was seen to hold.
import { escapeIdentifier, type Client } from 'pg';
import type { TableRows } from '../archive/archive.ts';
import { RunError } from '../errors.ts';

interface TableName {
  readonly schema: string;
  readonly table: string;
}

interface Found {
  schema: string;
  table: string;
  /** The partitioned table that it belongs to, or itself. */
  root: string;
  from_extension: boolean;
}

interface Expected extends TableName {
  readonly root: string;
  readonly rows: number;
  readonly fromExtension: boolean;
}

/** Counts every table of a backup. @throws RunError that names the first table whose rows are not those of the backup. */
export async function requireRows(client: Client, tables: readonly TableRows[]): Promise<void> {
  await guard(client);
  const found = await findTables(client, tables);
  const expected = tables.map((table) => expectedOf(table, found));
  for (const group of byRoot(expected)) {
    let rows = 0;
    for (const table of group) rows += await countRows(client, table);
    requireSame(group, rows);
  }
}

/** A superuser reads here what a user has made: a view put in the place of a table must not run that user's functions. */
async function guard(client: Client): Promise<void> {
  await client.query('set search_path to pg_catalog');
  // Older minor versions do not know it; for them there is the check of the kind.
  await client.query(`select set_config(name, 'view, foreign-table', false) from pg_settings where name = 'restrict_nonsystem_relation_kind'`);
}

async function findTables(client: Client, tables: readonly TableRows[]): Promise<Map<string, Found>> {
  const { rows } = await client.query<Found>(
    `select n.nspname as schema, c.relname as table, coalesce(pg_partition_root(c.oid), c.oid)::regclass::text as root,
            exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as from_extension
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and (n.nspname, c.relname) in (select * from unnest($1::text[], $2::text[]))`,
    [tables.map(({ schema }) => schema), tables.map(({ table }) => table)],
  );
  return new Map(rows.map((row) => [quoted(row), row]));
}

function expectedOf(table: TableRows, found: ReadonlyMap<string, Found>): Expected {
  const there = found.get(quoted(table));
  if (there === undefined) throw new RunError('RestoreFailed', `the restored database has no table ${nameOf(table)}, of which the backup has ${table.rows} rows`);
  return { ...table, root: there.root, fromExtension: there.from_extension };
}

/** pg_dump may load a partition through its root, and then rows may go to another partition than they came from. */
function byRoot(tables: readonly Expected[]): Expected[][] {
  const groups = new Map<string, Expected[]>();
  for (const table of tables) {
    const group = groups.get(table.root);
    if (group === undefined) groups.set(table.root, [table]);
    else group.push(table);
  }
  return [...groups.values()];
}

/** ONLY: the rows of tables that inherit from it are their own. */
async function countRows(client: Client, table: Expected): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) from only ${quoted(table)}`);
  return Number(rows[0]?.count);
}

function requireSame(group: readonly Expected[], rows: number): void {
  const expected = group.reduce((sum, table) => sum + table.rows, 0);
  // An extension may put rows of its own into its table before the dump's are added.
  const fromExtension = group.some((table) => table.fromExtension);
  if (rows === expected || (fromExtension && rows > expected)) return;
  const name = group.length === 1 && group[0] !== undefined ? nameOf(group[0]) : (group[0]?.root ?? '');
  throw new RunError('RestoreFailed', `the restored table ${name} has ${rows} rows, the backup ${expected}`);
}

/** As a person would write it. */
const nameOf = ({ schema, table }: TableName): string => [schema, table].map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : escapeIdentifier(name))).join('.');

const quoted = ({ schema, table }: TableName): string => `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
