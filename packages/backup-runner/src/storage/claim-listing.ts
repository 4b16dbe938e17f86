// The folders of backups in a folder of a claim.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { refuseTooMany, type ListedFile, type ListedFolder } from './listing.ts';
import { hasFolder, safeParts } from './safe-path.ts';
import { storageError } from './storage-error.ts';

/** The folders below `path` of the claim at `root`; none where it is not there. Links are passed over: they may lead anywhere. */
export async function listClaim(root: string, { location, path }: { readonly location: string; readonly path: string }): Promise<ListedFolder[]> {
  const parts = safeParts(path);
  if (!(await hasFolder(root, parts))) return [];
  const parent = join(root, ...parts);
  try {
    const folders: ListedFolder[] = [];
    let listed = 0;
    for (const entry of await readdir(parent, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const files = await filesIn(join(parent, entry.name));
      listed += files.length;
      refuseTooMany(listed, location);
      folders.push({ name: entry.name, files });
    }
    return folders;
  } catch (error) {
    throw storageError(error, parent);
  }
}

async function filesIn(folder: string): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(unlessMissing)) {
    if (!entry.isFile()) continue;
    const found = await lstat(join(folder, entry.name)).catch(unlessMissing);
    if ('size' in found) files.push({ name: entry.name, bytes: found.size, storedAt: found.mtime.toISOString() });
  }
  return files;
}

/** A backup that is deleted meanwhile is no matter of a scan. */
function unlessMissing(error: unknown): never[] {
  if (codeOf(error) !== 'ENOENT') throw error;
  return [];
}
