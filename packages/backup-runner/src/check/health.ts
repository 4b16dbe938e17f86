// What the statistics and catalogs of a server say of its health.
import type { Client } from 'pg';
import type { Finding } from './inspection.ts';

/** What a server counts and knows. */
export interface HealthFacts {
  /** Databases where pages did not have the checksum that they should have; '' for what all share. */
  readonly damaged: readonly { readonly name: string; readonly failures: number }[];
  /** Databases and collations whose order the operating system has changed since they were made. */
  readonly collations: readonly { readonly name: string; readonly recorded: string | null; readonly actual: string | null }[];
  /** The oldest transaction, and the oldest multixact, of any database: how many there were since. */
  readonly oldest: { readonly name: string; readonly age: number };
  /** Bytes of data and WAL; undefined where the size of the volume is not known. */
  readonly usedBytes?: number;
}

// NULL where data checksums are off: then nothing can be known.
const DAMAGED = `select coalesce(datname, '') as name, checksum_failures::float8 as failures from pg_stat_database where checksum_failures > 0 order by 2 desc`;

const OLDEST = `
  select datname as name, greatest(age(datfrozenxid), mxid_age(datminmxid)) as age from pg_database order by 2 desc limit 1`;

// Since version 15 a database remembers the version of its collation. Template databases are made of the image.
const DATABASES = `
  select datname as name, datcollversion as recorded, pg_database_collation_actual_version(oid) as actual from pg_database
   where datallowconn and datcollversion is not null and datcollversion is distinct from pg_database_collation_actual_version(oid) order by 1`;

// Each database has hundreds of collations; only what something depends on can go wrong.
const COLLATIONS = `
  select 'collation ' || quote_ident(c.collname) || ' in ' || quote_ident(current_database()) as name, c.collversion as recorded, pg_collation_actual_version(c.oid) as actual
    from pg_collation c
   where c.collversion is not null and c.collversion is distinct from pg_collation_actual_version(c.oid)
     and exists (select from pg_depend d where d.refclassid = 'pg_collation'::regclass and d.refobjid = c.oid)
   order by 1`;

const USED = `
  select (select sum(pg_tablespace_size(oid)) from pg_tablespace where spcname in ('pg_default', 'pg_global')) + (select sum(size) from pg_ls_waldir()) as bytes`;

/** Bytes of data and WAL. */
export const usedBytes = async (session: Client): Promise<number> => Number((await session.query<{ bytes: string }>(USED)).rows[0]?.bytes ?? 0);

/** Databases of a server whose pages were found damaged. Each server has its own copy of the pages, and counts its own. */
export const damagedDatabases = async (session: Client): Promise<HealthFacts['damaged']> => (await session.query<HealthFacts['damaged'][number]>(DAMAGED)).rows;

/** Asks the primary. `inside` is a session in the user's database, if there is one. */
export async function healthFacts(session: Client, inside: Client | undefined, { major, withSize }: { major: number; withSize: boolean }): Promise<HealthFacts> {
  const [oldest = { name: '', age: 0 }] = (await session.query<HealthFacts['oldest']>(OLDEST)).rows;
  const collations = [
    ...(major >= 15 ? (await session.query<HealthFacts['collations'][number]>(DATABASES)).rows : []),
    // A restore ends all sessions of the database that it replaces: then it is asked next time.
    ...((await inside?.query<HealthFacts['collations'][number]>(COLLATIONS).catch(() => undefined))?.rows ?? []),
  ];
  return { damaged: await damagedDatabases(session), collations, oldest, ...(withSize && { usedBytes: await usedBytes(session) }) };
}

/** Of 2^31. The server's own emergency vacuum (vacuum_failsafe_age) starts at 1.6 thousand million; autovacuum long before. */
const WRAPAROUND_AGE = 1_500_000_000;
/** Of the volume, for data and WAL. */
const FULL_PERCENT = 90;

/** Judges what a server says of its health. */
export function healthFindings(facts: HealthFacts, volumeBytes: number | undefined): Finding[] {
  const { collations, oldest, usedBytes } = facts;
  const [collation] = collations;
  const findings: (Finding | undefined)[] = [
    damagedFinding('the primary', facts.damaged),
    collation && {
      reason: 'CollationVersionMismatch',
      message: `the image sorts text in another way than the one that made ${collation.name} (${collation.recorded ?? 'none'}, now ${collation.actual ?? 'none'})${more(collations)}: indexes on text may be wrong. REINDEX, then ALTER … REFRESH (COLLATION) VERSION; or go back to the image of before`,
    },
    oldest.age >= WRAPAROUND_AGE ? { reason: 'WraparoundNear', message: `the oldest transaction in database ${oldest.name} is ${oldest.age} transactions old: the server stops taking writes at 2100 million. See what keeps VACUUM from freezing it` } : undefined,
    usedBytes !== undefined && volumeBytes !== undefined && usedBytes * 100 >= volumeBytes * FULL_PERCENT
      ? { reason: 'SpaceLow', message: `data and WAL have ${usedBytes} bytes of the volume's ${volumeBytes}: grow storage.size` }
      : undefined,
  ];
  return findings.filter((finding) => finding !== undefined);
}

/** A finding about damaged pages of a server, if it has any. */
export function damagedFinding(server: string, damaged: HealthFacts['damaged']): Finding | undefined {
  const [first] = damaged;
  if (first === undefined) return undefined;
  const where = first.name === '' ? 'what all databases share' : `database ${first.name}`;
  return { reason: 'ChecksumFailures', message: `${server} has read ${first.failures} damaged pages of ${where}${more(damaged)}: restore a Backup from before, or replace this server's volume` };
}

const more = (list: readonly unknown[]): string => (list.length > 1 ? ` and ${list.length - 1} more` : '');
