// Nothing is believed before its digest was seen.
import { pipeline } from 'node:stream/promises';
import { createHash } from 'node:crypto';
import { RunError } from '../errors.ts';
import { digest } from '../stages/measure.ts';
import { parseManifest, type StoredFile } from './manifest.ts';
import { storageError } from './storage-error.ts';
import type { BackupSource, StoredManifest } from './contract.ts';

// A hundred bytes a table, so a million tables.
export const MAX_MANIFEST_BYTES = 128 * 1024 * 1024;

/** Makes a manifest of what was read. */
export function storedManifest(bytes: Buffer, path: string): StoredManifest {
  const manifest = parseManifest(bytes.toString('utf8'));
  if ('problem' in manifest) throw new RunError('BackupCorrupt', `${path}: ${manifest.problem}`);
  return { manifest, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Reads a stored file to its end and compares size and digest with the manifest. */
export async function verifyFile(source: BackupSource, file: StoredFile, signal: AbortSignal): Promise<void> {
  const seen = digest();
  seen.stream.resume();
  await pipeline(await source.open(file), seen.stream, { signal }).catch((error: unknown) => {
    throw storageError(error, `${source.location}/${file.name}`);
  });
  requireSame(file, { bytes: seen.bytes(), sha256: seen.sha256() }, source.location);
}

/** Refuses bytes that are not those of the manifest. */
export function requireSame(file: StoredFile, seen: { readonly bytes: number; readonly sha256: string }, location: string): void {
  const path = `${location}/${file.storedAs ?? file.name}`;
  if (seen.bytes !== file.bytes) throw new RunError('BackupCorrupt', `${path} has ${seen.bytes} bytes, not the ${file.bytes} of the manifest`);
  if (seen.sha256 !== file.sha256) throw new RunError('BackupCorrupt', `${path} has SHA-256 ${seen.sha256}, not the ${file.sha256} of the manifest`);
}
