// What a run asks of the place that keeps a backup, whatever the place is.
import type { Readable, Writable } from 'node:stream';
import type { BackupPlace, DumpRequest } from '@postgres-operator/api';
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

/** Which file it is. */
export type FileName = Pick<StoredFile, 'name' | 'storedAs'>;

/** A place that a backup is read from. */
export interface BackupSource {
  /** For messages. */
  readonly location: string;
  /** Undefined: there is no manifest, so there is no backup. */
  readManifest(): Promise<StoredManifest | undefined>;
  /** A file, without so many bytes at its beginning. */
  open(file: FileName, from?: number): Promise<Readable>;
}
