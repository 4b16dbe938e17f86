// Files of a claim that are no part of a backup, and how they go.
import { rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { hasFolder, safeParts } from './safe-path.ts';
import { storageError } from './storage-error.ts';
import { syncFolder } from './sync.ts';

/** Removes these files from the folder `path` of the claim at `root`, and the folder once it is empty. Nothing else. */
export async function removeFromFolder(root: string, path: string, names: readonly string[]): Promise<void> {
  const parts = safeParts(path);
  if (!(await hasFolder(root, parts))) return;
  const folder = join(root, ...parts);
  try {
    for (const name of names) await unlink(join(folder, ...safeParts(name))).catch(unlessCode('ENOENT'));
    await rmdir(folder).catch(unlessCode('ENOTEMPTY', 'ENOENT'));
    await syncFolder(join(root, ...parts.slice(0, -1)));
  } catch (error) {
    throw storageError(error, folder);
  }
}

const unlessCode =
  (...expected: readonly string[]) =>
  (error: unknown): void => {
    if (!expected.includes(codeOf(error) ?? '')) throw error;
  };
