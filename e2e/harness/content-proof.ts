// All that a database holds, to compare two moments: rows of every table, and whatever else pg_dump knows of it.
import type { Kubectl } from './kubectl.ts';
import { proveTables, type DatabaseProof } from './table-proof.ts';

export interface ContentProof {
  readonly tables: DatabaseProof;
  /** What pg_dump says of everything but rows, without owners and privileges. */
  readonly definitions: string;
  /** SHA-256 of the same with rows, sequences and large objects. */
  readonly whole: string;
}

// Without a random key that is in each dump, and the versions of the tools.
const DUMP = String.raw`set -o pipefail; pg_dump --username=postgres --no-owner --no-privileges "$@" | sed -E '/^(\\(un)?restrict |--)/d'`;

/** Reads a whole database. */
export async function proveContent(kubectl: Kubectl, database: string, dbname: string): Promise<ContentProof> {
  const dump = (filter: string, ...options: string[]): Promise<string> => kubectl('exec', `${database}-0`, '-c', 'postgres', '--', 'bash', '-ec', DUMP + filter, 'bash', ...options, dbname);
  return { tables: await proveTables(kubectl, database, dbname), definitions: await dump('', '--schema-only'), whole: await dump(' | sha256sum') };
}

const OWN_ROWS = `select json_object_agg(nspname || '.' || relname, (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from only %I.%I', nspname, relname), false, true, '')))[1]::text::int)
  from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema')`;

/** How many rows each table has of its own, partitions one by one, by schema.table without quotes. */
export const ownRows = async (kubectl: Kubectl, database: string, dbname: string): Promise<Record<string, number>> =>
  JSON.parse(await kubectl.sql(database, dbname, OWN_ROWS)) as Record<string, number>;
