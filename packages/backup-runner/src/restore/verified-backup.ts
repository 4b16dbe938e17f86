import type { BackupPlace } from '@postgres-operator/api';
import type { TableRows } from '../archive/archive.ts';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { DUMP_FILE, dumpFileOf, type StoredFile } from '../storage/manifest.ts';
import { openSource, type BackupSource } from '../storage/storage.ts';
import { verifyFile } from '../storage/verify.ts';

/** A backup whose every byte was read and found as the Backup's status promised. */
export interface VerifiedBackup {
  readonly source: BackupSource;
  readonly file: StoredFile;
  /** A client older than the one that dumped cannot read the archive. */
  readonly clientMajor: number;
  /** How many rows each table must have; undefined for a backup that does not say. */
  readonly tables: readonly TableRows[] | undefined;
}

/** Verifies a backup: the manifest against the digest of the request, the dump against the manifest. */
export async function openVerified(place: BackupPlace, run: Run): Promise<VerifiedBackup> {
  const { location, manifestSha256 } = place;
  const source = await openSource(place, run);
  const stored = await source.readManifest();
  if (stored === undefined) throw new RunError('BackupMissing', `there is no manifest in ${location}, so there is no backup`);
  // Without a Backup that vouches for it, the manifest vouches for itself.
  if (manifestSha256 !== undefined && stored.sha256 !== manifestSha256) {
    throw new RunError('BackupCorrupt', `the manifest in ${location} is not the one that the Backup was completed with (SHA-256 ${stored.sha256}, not ${manifestSha256})`);
  }
  if (stored.manifest.selection !== undefined) {
    throw new RunError('BackupPartial', `${location} holds a part of its database only (${JSON.stringify(stored.manifest.selection)}), and can never take the place of the whole; restore it by hand, as docs/backup-format.md says`);
  }
  const file = dumpFileOf(stored.manifest);
  if (file === undefined) throw new RunError('BackupCorrupt', `the manifest in ${location} names no ${DUMP_FILE}`);
  await verifyFile(source, file, run.signal);
  run.log('backup verified', { location, bytes: file.bytes });
  return { source, file, clientMajor: Number.parseInt(stored.manifest.clientVersion, 10) || 0, tables: stored.manifest.tables };
}
