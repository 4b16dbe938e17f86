// What pg_dump is told. Values come from objects that users write: each is one argument with its flag, so that a value that
// begins with a dash is no flag of its own.
import type { DumpRequest } from '@postgres-operator/api';

/** A part of a database. */
export type Selection = NonNullable<DumpRequest['selection']>;

type DumpOptions = Pick<DumpRequest, 'selection' | 'lockTimeoutMilliseconds'>;

// A dump waits for a table that is being altered, but not for ever: behind its own waiting request, every other session of
// that table would queue up too.
const LOCK_TIMEOUT_MILLISECONDS = 300_000;

/** The arguments for a database, or for a part of it. 0 as the lock timeout waits for ever. */
export function dumpArguments({ selection = {}, lockTimeoutMilliseconds = LOCK_TIMEOUT_MILLISECONDS }: DumpOptions): string[] {
  const { schemas = [], excludeSchemas = [], tables = [], excludeTables = [], schemaOnly = false } = selection;
  return [
    // Compression is ours, outside pg_dump: four times as fast as its gzip.
    ...['--format=custom', '--compress=0', '--no-password', `--lock-wait-timeout=${lockTimeoutMilliseconds}`],
    ...schemas.map((pattern) => `--schema=${pattern}`),
    ...excludeSchemas.map((pattern) => `--exclude-schema=${pattern}`),
    ...tables.map((pattern) => `--table=${pattern}`),
    ...excludeTables.map((pattern) => `--exclude-table=${pattern}`),
    // A name with a typing error must not be a smaller backup.
    ...(schemas.length + tables.length > 0 ? ['--strict-names'] : []),
    ...(schemaOnly ? ['--schema-only'] : []),
  ];
}

/** What a backup leaves out is said in its manifest: the selection, unless it selects everything. */
export function partOf(selection: Selection | undefined): Selection | undefined {
  const chosen = Object.entries(selection ?? {}).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  return chosen.length === 0 ? undefined : (Object.fromEntries(chosen) as Selection);
}
