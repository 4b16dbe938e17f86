// How much an upgrade has to move, and how much room and time that takes.
import type { Client } from 'pg';
import { usedBytes } from '../check/health.ts';
import { databaseSize } from '../postgres/server-facts.ts';
import type { Finding } from './obstacles.ts';

/** How much there is. */
export interface Extent {
  readonly tables: number;
  /** Of the database, with its indexes. */
  readonly bytes: number;
  /** What the new copy is likely to need while it is made. */
  readonly neededBytes: number;
  /** What data and WAL of the old one have. */
  readonly usedBytes: number;
}

const MEBIBYTE = 2 ** 20;
// An empty data directory: three databases of 7.5 MB, and two segments of WAL.
const EMPTY_BYTES = 64 * MEBIBYTE;

const FACTS = `
  select (select count(*)::int from pg_class where relkind in ('r', 'p') and oid >= 16384) as tables,
         (select setting::float8 * ${MEBIBYTE} from pg_settings where name = 'max_wal_size') as wal`;

/** Asks the server, in the database that is upgraded. */
export async function measureExtent(session: Client): Promise<Extent> {
  const [{ tables = 0, wal = 0 } = {}] = (await session.query<{ tables: number; wal: number }>(FACTS)).rows;
  const bytes = await databaseSize(session);
  // WAL of what is loaded stays until a checkpoint: at most about max_wal_size.
  return { tables, bytes, neededBytes: bytes + Math.min(bytes, wal) + EMPTY_BYTES, usedBytes: await usedBytes(session) };
}

/** How much the volume has: by its claim, and what is free on its file system. */
export interface Room {
  readonly volumeBytes: number | undefined;
  readonly freeBytes: number;
}

/** Says when the new copy does not fit beside the old one. */
export function spaceFindings({ neededBytes, usedBytes: used }: Extent, { volumeBytes, freeBytes }: Room): Finding[] {
  const needs = `the new copy needs ${inMiB(neededBytes)} more while both are there`;
  const found = (message: string): Finding[] => [{ reason: 'InsufficientSpace', message }];
  if (volumeBytes !== undefined && used + neededBytes > volumeBytes) return found(`the volume has ${inMiB(volumeBytes)}, of which ${inMiB(used)} are used; ${needs}. Grow storage.size`);
  return neededBytes > freeBytes ? found(`${inMiB(freeBytes)} are free on the volume; ${needs}. Make room there`) : [];
}

const inMiB = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE)} MiB`;

// By hand, 546 MB took 77 s on two cores, of which about 20 s were for whatever size: see docs/upgrades.md.
const FIXED_SECONDS = 20;
const BYTES_A_SECOND = 10_000_000;

/** How long nobody is served, by the size alone. */
export const estimateSeconds = ({ bytes }: Pick<Extent, 'bytes'>): number => Math.round(FIXED_SECONDS + bytes / BYTES_A_SECOND);
