// Where backups are kept. A claim and a bucket differ in how a backup comes into being whole; what a run asks of them does not.
import type { Readable, Writable } from 'node:stream';
import type { BackupPlace, DumpRequest } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { claimSource } from './claim-source.ts';
import { openClaimSink, removeFromClaim } from './claim-sink.ts';
import type { Manifest, StoredFile } from './manifest.ts';

/** A place for one backup. */
export type Place = DumpRequest['destination'] | BackupPlace;

/** An attempt to write one backup. */
export interface BackupSink {
  /** A new file. */
  create(name: string): Promise<SinkFile>;
  /** Writes the manifest, reads it back, and makes the backup exist, if it does not yet. Returns the manifest's digest. */
  commit(manifest: string): Promise<string>;
  /** Removes the files written so far, and none of them has to be complete. They can be created anew. */
  startOver(): Promise<void>;
  /** Removes everything this attempt wrote. */
  abort(): Promise<void>;
}

/** A file that is being written. */
export interface SinkFile {
  readonly output: Writable;
  /** Called once the bytes are known to be good: makes them final, confirms them, and says how they are stored. */
  publish(stored: { readonly bytes: number; readonly sha256: string }): Promise<{ readonly storedAs?: string }>;
}

/** A manifest as it is stored. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/** A place that a backup is read from. */
export interface BackupSource {
  /** For messages. */
  readonly location: string;
  /** Undefined: there is no manifest, so there is no backup. */
  readManifest(): Promise<StoredManifest | undefined>;
  open(file: StoredFile): Promise<Readable>;
}

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

/** The place as a source. */
export async function openSource(place: Place, run: Run): Promise<BackupSource> {
  if (place.type !== 's3') return claimSource(run.environment.storageFolder, place);
  // Loaded only when needed: the client of a store is larger than the rest of the runner.
  const { openS3Source } = await import('../s3/s3-source.ts');
  return openS3Source(place, run);
}
