// Paths below a claim come from objects that users write. None may lead out of the claim.
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunError, codeOf } from '../errors.ts';
import { storageError } from './storage-error.ts';

/** The parts of a relative path. Refuses what could leave the folder it is relative to. */
export function safeParts(path: string): string[] {
  const parts = path.split('/');
  const bad = parts.find((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  if (bad !== undefined) throw new RunError('InvalidRequest', `the path ${JSON.stringify(path)} must be relative, without empty, "." or ".." parts`);
  return parts;
}

/** Makes sure of a folder below `root`, one part after the other, none a symbolic link. Returns those that it created. */
export async function ensureFolder(root: string, parts: readonly string[]): Promise<string[]> {
  const created: string[] = [];
  let folder = root;
  try {
    for (const part of parts) {
      folder = join(folder, part);
      if (await makeFolder(folder)) created.push(folder);
    }
  } catch (error) {
    await removeEmptyFolders(created);
    throw error;
  }
  return created;
}

/** Whether there is a folder below `root`. A symbolic link on the way is an error: it could lead anywhere. */
export async function hasFolder(root: string, parts: readonly string[]): Promise<boolean> {
  let folder = root;
  for (const part of parts) {
    folder = join(folder, part);
    if (!(await isFolder(folder))) return false;
  }
  return true;
}

/** Removes folders that one run created, the deepest first, as far as they are empty. */
export async function removeEmptyFolders(created: readonly string[]): Promise<void> {
  for (const folder of created.toReversed()) {
    // Another backup may have moved in meanwhile.
    await rmdir(folder).catch(() => undefined);
  }
}

async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o770 });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw storageError(error, folder);
    await isFolder(folder);
    return false;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    if (found.isDirectory()) return true;
    throw new RunError('StorageFailed', `${path} is ${found.isSymbolicLink() ? 'a symbolic link' : 'no folder'}; backups are kept in plain folders only`);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error instanceof RunError ? error : storageError(error, path);
  }
}
