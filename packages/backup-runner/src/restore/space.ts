// Whether there is room for a second copy. PostgreSQL cannot say how full its volume is, so this is arithmetic with what it can
// say, and it refuses only what surely does not fit: a volume that runs full in spite of it fails the load, not the live database's content.
import type { RestoreRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import { RunError } from '../errors.ts';
import type { Manifest } from '../storage/manifest.ts';
import { isLeftover, type Candidate } from './leftovers.ts';
import type { RestoreNames } from './names.ts';
import type { OpenBackup } from './verified-backup.ts';

// A tuple's header and its line pointer, without a single column.
const LEAST_BYTES_A_ROW = 28;

/** What a restored database occupies at least: PostgreSQL compresses no better than zstd, and no row is smaller than its header. */
export const leastBytes = ({ file, manifest }: Pick<OpenBackup, 'file'> & { readonly manifest: Pick<Manifest, 'rows'> }): number =>
  Math.max(file.bytes, (manifest.rows ?? 0) * LEAST_BYTES_A_ROW);

interface Row extends Candidate {
  bytes: string;
}

/** Refuses a restore that surely does not fit. A request that does not know the volume's size refuses nothing. */
export async function requireSpace(client: Client, backup: OpenBackup, names: RestoreNames, { volumeBytes, mode }: RestoreRequest): Promise<void> {
  if (volumeBytes === undefined) return;
  const { rows } = await client.query<Row>(
    `select datname as name, oid::text as oid, shobj_description(oid, 'pg_database') as comment, datallowconn as "allowsConnections", pg_database_size(oid) as bytes from pg_database`,
  );
  const wal = Number((await client.query<{ bytes: string }>('select coalesce(sum(size), 0) as bytes from pg_ls_waldir()')).rows[0]?.bytes);
  const situation = { names, liveIsThere: true, now: Date.now() };
  const stays = (row: Row): boolean => !/^(restore|previous)_/.test(row.name) || !isLeftover(row, situation);
  const remaining = rows.filter((row) => stays(row) && !(mode === 'replace' && row.name === names.live));
  const occupied = remaining.reduce((sum, { bytes }) => sum + Number(bytes), wal);
  const needed = leastBytes(backup);
  if (occupied + needed <= volumeBytes) return;
  const way = mode === 'replace' ? 'Grow the volume.' : 'Grow the volume, drop a previous database that is still kept, or use mode: Replace, which drops the live database first.';
  throw new RunError(
    'InsufficientSpace',
    `the volume has ${inMiB(volumeBytes)}; databases and write-ahead log occupy ${inMiB(occupied)} of it, and the restored one needs ${inMiB(needed)} at least. ${way}`,
  );
}

const inMiB = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
