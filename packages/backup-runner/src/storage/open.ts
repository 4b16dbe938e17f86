// Where backups are kept. A claim and a bucket differ in how a backup comes into being whole; what a run asks of them does not.
import type { Run } from '../environment.ts';
import { claimSource } from './claim-source.ts';
import { listClaim } from './claim-listing.ts';
import { removeFromFolder } from './claim-orphans.ts';
import { openClaimSink, removeBackupFromClaim, removeFromClaim } from './claim-sink.ts';
import type { BackupSink, BackupSource, Place } from './contract.ts';
import type { ListedFolder, ListedUpload } from './listing.ts';

/** Begins an attempt to write a backup, and removes what killed attempts left. `expectedBytes` is a guess at its size. */
export async function openSink(place: Place, run: Run, expectedBytes: number): Promise<BackupSink> {
  if (place.type !== 's3') return openClaimSink(run.environment.storageFolder, place.path);
  const { openS3Sink } = await import('../s3/s3-sink.ts');
  return openS3Sink(place, run, expectedBytes);
}

/** Removes what killed attempts left of a backup that does not exist; returns how much that was. No attempt may be alive. */
export async function removeLeftovers(place: Place, run: Run): Promise<number> {
  if (place.type !== 's3') return removeFromClaim(run.environment.storageFolder, place.path);
  const { removeFromBucket } = await import('../s3/s3-sink.ts');
  return removeFromBucket(place, run);
}

/** Removes a backup, its manifest first, and what killed attempts left of it; returns how much that was. No attempt may be alive. */
export async function removeBackup(place: Place, run: Run): Promise<number> {
  if (place.type !== 's3') return removeBackupFromClaim(run.environment.storageFolder, place.path);
  const { removeBackupFromBucket } = await import('../s3/s3-sink.ts');
  return removeBackupFromBucket(place, run);
}

/** The folders in a place that holds many backups. */
export async function listFolders(place: Place, run: Run): Promise<ListedFolder[]> {
  if (place.type !== 's3') return listClaim(run.environment.storageFolder, place);
  const { listBucket } = await import('../s3/s3-listing.ts');
  return listBucket(place, run);
}

/** Uploads to a place that holds many backups which were never finished; undefined where that may not be asked. A claim has none. */
export async function listOpenUploads(place: Place, run: Run): Promise<ListedUpload[] | undefined> {
  if (place.type !== 's3') return [];
  const orphans = await import('../s3/s3-orphans.ts');
  return orphans.listOpenUploads(place, run);
}

/** Removes these files from a folder, and gives these uploads to it up. Nothing else. */
export async function removeFiles(place: Place, files: { readonly names: readonly string[]; readonly uploads: readonly ListedUpload[] }, run: Run): Promise<void> {
  if (place.type !== 's3') return removeFromFolder(run.environment.storageFolder, place.path, files.names);
  const { removeFromPrefix } = await import('../s3/s3-orphans.ts');
  return removeFromPrefix(place, files, run);
}

/** The place as a source. */
export async function openSource(place: Place, run: Run): Promise<BackupSource> {
  if (place.type !== 's3') return claimSource(run.environment.storageFolder, place);
  // Loaded only when needed: the client of a store is larger than the rest of the runner.
  const { openS3Source } = await import('../s3/s3-source.ts');
  return openS3Source(place, run);
}
