// What pg_restore is told. Values come from objects that users write: each is one argument with its flag.
import type { RestoreRequest } from '@postgres-operator/api';

/** How a backup is loaded. */
export interface LoadOptions {
  /** Keep owners and privileges of the dump; otherwise all belongs to who loads, and privileges are given afterwards. */
  readonly preserveOwners: boolean;
  readonly selection?: RestoreRequest['selection'];
  /** A file that names the entries to load. Absent: all. */
  readonly listFile?: string;
}

/** What of an archive is loaded at a time: all until the rows are there, or what comes after rows: indexes, keys, triggers. */
export type Section = 'rows' | 'indexes';

// The database is dropped when anything fails, so one transaction around it all would gain nothing, and would need a lock
// for each of thousands of tables at once (max_locks_per_transaction).
const ALWAYS = ['--exit-on-error', '--no-password', '--verbose'];

/** The arguments, but for database and file. */
export function restoreArguments({ preserveOwners, selection, listFile }: LoadOptions, section: Section, jobs: number): string[] {
  return [
    ...ALWAYS,
    ...(preserveOwners ? [] : ['--no-owner', '--no-privileges']),
    ...selectionArguments(selection),
    ...(listFile === undefined ? [] : [`--use-list=${listFile}`]),
    ...(section === 'rows' ? ['--section=pre-data', '--section=data'] : ['--section=post-data', `--jobs=${jobs}`]),
  ];
}

/** Those that choose a part. */
export const selectionArguments = ({ schemas = [], tables = [] }: NonNullable<RestoreRequest['selection']> = {}): string[] => [
  ...schemas.map((name) => `--schema=${name}`),
  ...tables.map((name) => `--table=${name}`),
];

/** pg_restore takes the database as an argument only; quoted as a connection string, any name means itself. */
export const databaseArgument = (name: string): string => `dbname='${name.replace(/[\\']/g, String.raw`\$&`)}'`;
