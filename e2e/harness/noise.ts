// Content that does not compress, for backups of several parts.
import type { Kubectl } from './kubectl.ts';

/** Rows that make a dump of two parts and a rest: 20 MB, where a part has 8 MiB. */
export const TWO_PARTS = 150_000;

/** Adds a table of hashes to the database `shop`. */
export async function addNoise(kubectl: Kubectl, database: string, table: string, rows = TWO_PARTS): Promise<void> {
  await kubectl.sql(database, 'shop', `set role app; create table ${table} as select n as id, sha512(n::text::bytea) as a, sha512((-n)::text::bytea) as b from generate_series(1, ${rows}) n`);
}
