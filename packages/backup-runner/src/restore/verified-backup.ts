import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BackupPlace } from '@postgres-operator/api';
import type { TableRows } from '../archive/archive.ts';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { readAlong } from '../stages/read-along.ts';
import { digest } from '../stages/measure.ts';
import { decompress } from '../stages/zstd.ts';
import { DUMP_FILE, dumpFileOf, type Manifest, type StoredFile } from '../storage/manifest.ts';
import type { BackupSource } from '../storage/contract.ts';
import { openSource } from '../storage/open.ts';
import { requireSame, verifyFile } from '../storage/verify.ts';

/** A backup whose manifest was read. */
export interface OpenBackup {
  readonly source: BackupSource;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly file: StoredFile;
  /** A client older than the one that dumped cannot read the archive. */
  readonly clientMajor: number;
  /** How many rows each table must have; undefined for a backup that does not say. */
  readonly tables: readonly TableRows[] | undefined;
}

/** Reads the manifest of a backup, and compares it with the digest of the request. Without one the manifest vouches for itself. */
export async function openBackup(place: BackupPlace, run: Run): Promise<OpenBackup> {
  const { location, manifestSha256 } = place;
  const source = await openSource(place, run);
  const stored = await source.readManifest();
  if (stored === undefined) throw new RunError('BackupMissing', `there is no manifest in ${location}, so there is no backup`);
  if (manifestSha256 !== undefined && stored.sha256 !== manifestSha256) {
    throw new RunError('BackupCorrupt', `the manifest in ${location} is not the one that the Backup was completed with (SHA-256 ${stored.sha256}, not ${manifestSha256})`);
  }
  const { manifest } = stored;
  const file = dumpFileOf(manifest);
  if (file === undefined) throw new RunError('BackupCorrupt', `the manifest in ${location} names no ${DUMP_FILE}`);
  return { source, manifest, manifestSha256: stored.sha256, file, clientMajor: majorOf(manifest.clientVersion), tables: manifest.tables };
}

/** The major in a version; 0 when it says none. */
export const majorOf = (version: string): number => Number.parseInt(version, 10) || 0;

/** Reads every byte of the dump and compares it with the manifest. */
export async function verifyBackup({ source, file }: OpenBackup, run: Run): Promise<void> {
  await verifyFile(source, file, run.signal);
  run.log('backup verified', { location: source.location, bytes: file.bytes });
}

/** Reads the dump to its last row as well: for a restore that first drops what it replaces. */
export async function decodeBackup({ source, file, tables }: OpenBackup, run: Run): Promise<void> {
  const seen = digest();
  const archive = readAlong();
  try {
    await pipeline(await source.open(file), seen.stream, decompress(), sink(archive.look), { signal: run.signal });
    const { rows } = archive.contents();
    const expected = tables?.reduce((sum, table) => sum + table.rows, 0);
    if (expected !== undefined && rows !== expected) throw new RunError('BackupCorrupt', `it holds ${rows} rows, and its manifest says ${expected}`);
  } catch (cause) {
    if (run.signal.aborted) throw cause;
    throw new RunError('BackupCorrupt', `${source.location} cannot be read to its last row: ${messageOf(cause)}`, { cause });
  }
  requireSame(file, { bytes: seen.bytes(), sha256: seen.sha256() }, source.location);
  run.log('backup verified', { location: source.location, bytes: file.bytes, decoded: true });
}

/** The end of a pipeline. A decompressor cannot be that: it would be done when it has taken all, and what it finds wrong later would end the process. */
const sink = (look: (chunk: Buffer) => void): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        look(chunk);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
