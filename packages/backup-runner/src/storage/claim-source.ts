// A backup in a folder of a claim.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE } from '@postgres-operator/api';
import { RunError, codeOf } from '../errors.ts';
import { hasFolder, safeParts } from './safe-path.ts';
import type { BackupSource, StoredManifest } from './contract.ts';
import { storageError } from './storage-error.ts';
import { MAX_MANIFEST_BYTES, storedManifest } from './verify.ts';

/** The folder `path` of the claim at `root`. */
export function claimSource(root: string, { location, path }: { readonly location: string; readonly path: string }): BackupSource {
  const parts = safeParts(path);
  const folder = join(root, ...parts);
  return {
    location,
    readManifest: async () => ((await hasFolder(root, parts)) ? readManifest(join(folder, MANIFEST_FILE)) : undefined),
    open: async ({ name }, from = 0) => {
      const file = join(folder, name);
      const handle = await openFile(file);
      if (handle === undefined) throw new RunError('BackupCorrupt', `${file} is missing, though the manifest names it`);
      return handle.createReadStream({ highWaterMark: 1024 * 1024, start: from });
    },
  };
}

async function readManifest(file: string): Promise<StoredManifest | undefined> {
  const handle = await openFile(file);
  if (handle === undefined) return undefined;
  try {
    if ((await handle.stat()).size > MAX_MANIFEST_BYTES) throw new RunError('BackupCorrupt', `${file} is too large for a manifest`);
    return storedManifest(await handle.readFile(), file);
  } catch (error) {
    throw storageError(error, file);
  } finally {
    await handle.close();
  }
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
