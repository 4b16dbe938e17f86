// Where a backup is read from. Nothing is believed before its digest was seen.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RunError, codeOf } from '../errors.ts';
import { digest } from '../stages/measure.ts';
import { MANIFEST_FILE, parseManifest, type Manifest, type StoredFile } from './manifest.ts';
import { hasFolder, safeParts } from './safe-path.ts';
import { storageError } from './storage-error.ts';

/** A manifest as it is stored. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly sha256: string;
}

// A hundred bytes a table, so a million tables.
const MAX_MANIFEST_BYTES = 128 * 1024 * 1024;

/** Reads the manifest of a folder. Undefined: there is none, so there is no backup. */
export async function readManifest(root: string, path: string): Promise<StoredManifest | undefined> {
  const parts = safeParts(path);
  if (!(await hasFolder(root, parts))) return undefined;
  const file = join(root, ...parts, MANIFEST_FILE);
  const handle = await openFile(file);
  if (handle === undefined) return undefined;
  try {
    if ((await handle.stat()).size > MAX_MANIFEST_BYTES) throw new RunError('BackupCorrupt', `${file} is too large for a manifest`);
    const bytes = await handle.readFile();
    return { manifest: parsed(bytes.toString('utf8'), file), sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    throw storageError(error, file);
  } finally {
    await handle.close();
  }
}

/** Reads a stored file to its end and compares size and digest with the manifest. */
export async function verifyFile(folder: string, file: StoredFile, signal: AbortSignal): Promise<void> {
  const seen = digest();
  seen.stream.resume();
  await pipeline(await openStored(folder, file), seen.stream, { signal }).catch((error: unknown) => {
    throw storageError(error, join(folder, file.name));
  });
  requireSame(file, { bytes: seen.bytes(), sha256: seen.sha256() }, folder);
}

/** Opens a stored file for reading. */
export async function openStored(folder: string, file: StoredFile): Promise<Readable> {
  const path = join(folder, file.name);
  const handle = await openFile(path);
  if (handle === undefined) throw new RunError('BackupCorrupt', `${path} is missing, though the manifest names it`);
  return handle.createReadStream({ highWaterMark: 1024 * 1024 });
}

/** Refuses bytes that are not those of the manifest. */
export function requireSame(file: StoredFile, seen: { readonly bytes: number; readonly sha256: string }, folder: string): void {
  const path = join(folder, file.name);
  if (seen.bytes !== file.bytes) throw new RunError('BackupCorrupt', `${path} has ${seen.bytes} bytes, not the ${file.bytes} of the manifest`);
  if (seen.sha256 !== file.sha256) throw new RunError('BackupCorrupt', `${path} has SHA-256 ${seen.sha256}, not the ${file.sha256} of the manifest`);
}

function parsed(text: string, file: string): Manifest {
  const found = parseManifest(text);
  if ('problem' in found) throw new RunError('BackupCorrupt', `${file}: ${found.problem}`);
  return found;
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    // NONBLOCK: a pipe in the place of a file must not hold the run for ever.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') throw new RunError('StorageFailed', `${path} is a symbolic link; backups are kept in plain files only`, { cause: error });
    throw storageError(error, path);
  }
}
