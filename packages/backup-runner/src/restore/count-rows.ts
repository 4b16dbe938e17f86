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
  /** Belongs to a superuser: an extension made it. */
  of_superuser: boolean;
  /** Hides rows from its owner, too. */
  hides_rows: boolean;
}

interface Expected extends TableName {
  readonly root: string;
  readonly rows: number;
  readonly fromExtension: boolean;
  readonly ofSuperuser: boolean;
  readonly hidesRows: boolean;
}

/**
 * Who counts. Planning a query already runs what stands in the expressions of a table's indexes and statistics, so a table is counted by the
 * one who loaded it, and by the superuser only if nobody else could have given it an index.
 */
export interface Counters {
  readonly loader: Client;
  readonly superuser: Client;
}

/** Counts every table of a backup. @throws RunError that names the first table whose rows are not those of the backup. */
export async function requireRows(counters: Counters, tables: readonly TableRows[]): Promise<void> {
  await guard(counters.superuser);
  const found = await findTables(counters.superuser, tables);
  const expected = tables.map((table) => expectedOf(table, found));
  for (const group of byRoot(expected)) {
    let rows = 0;
    for (const table of group) rows += await countRows(table.ofSuperuser ? counters.superuser : counters.loader, table);
    requireSame(group, rows);
  }
}

/** A view in the place of a table must not be looked into. */
async function guard(client: Client): Promise<void> {
  // Older minor versions do not know it; for them there is the check of the kind.
  await client.query(`select set_config(name, 'view, foreign-table', false) from pg_settings where name = 'restrict_nonsystem_relation_kind'`);
}

async function findTables(client: Client, tables: readonly TableRows[]): Promise<Map<string, Found>> {
  const { rows } = await client.query<Found>(
    `select n.nspname as schema, c.relname as table, coalesce(pg_partition_root(c.oid), c.oid)::regclass::text as root,
            exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as from_extension,
            r.rolsuper as of_superuser, c.relforcerowsecurity as hides_rows
       from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
      where c.relkind = 'r' and (n.nspname, c.relname) in (select * from unnest($1::text[], $2::text[]))`,
    [tables.map(({ schema }) => schema), tables.map(({ table }) => table)],
  );
  return new Map(rows.map((row) => [quoted(row), row]));
}

function expectedOf(table: TableRows, found: ReadonlyMap<string, Found>): Expected {
  const there = found.get(quoted(table));
  if (there === undefined) throw new RunError('RestoreFailed', `the restored database has no table ${nameOf(table)}, of which the backup has ${table.rows} rows`);
  return { ...table, root: there.root, fromExtension: there.from_extension, ofSuperuser: there.of_superuser, hidesRows: there.hides_rows };
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

/** ONLY: the rows of tables that inherit from it are their own. Hidden rows count: what hides them is set aside meanwhile. */
async function countRows(client: Client, table: Expected): Promise<number> {
  if (!table.hidesRows) return count(client, table);
  await client.query(`begin; alter table only ${quoted(table)} no force row level security`);
  const rows = await count(client, table);
  await client.query('rollback');
  return rows;
}

async function count(client: Client, table: Expected): Promise<number> {
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
