// Where a backup is written. Everything goes into a folder with a temporary name beside the final one; renaming that folder
// is the one step that makes the backup exist. So there is never half a backup under a final name, and of two racing
// attempts one wins whole: rename(2) refuses a target folder that holds anything.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { RunError, codeOf } from '../errors.ts';
import { ensureFolder, removeEmptyFolders, safeParts } from './safe-path.ts';
import { storageError } from './storage-error.ts';
import { syncFolder } from './sync.ts';

/** An attempt to write one backup. */
export interface ClaimSink {
  /** The temporary folder. */
  readonly folder: string;
  /** A new file in it; its bytes are on the disk when the stream has finished. */
  create(name: string): Promise<Writable>;
  /** Gives the folder its final name, durably, if nothing has that name yet. */
  commit(): Promise<void>;
  /** Removes everything this attempt wrote. */
  abort(): Promise<void>;
}

const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Begins an attempt to write the folder `path` of a claim, and removes what killed attempts left of theirs. */
export async function openClaimSink(root: string, path: string): Promise<ClaimSink> {
  const parts = safeParts(path);
  const final = join(root, ...parts);
  const name = parts.at(-1) ?? '';
  const created = await ensureFolder(root, parts.slice(0, -1));
  const folder = join(dirname(final), `.${name}.${randomBytes(4).toString('hex')}.partial`);
  const abort = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await removeEmptyFolders(created);
  };
  try {
    await removeLeftovers(dirname(final), name);
    await mkdir(folder, { mode: 0o770 });
  } catch (error) {
    await abort();
    throw storageError(error, folder);
  }
  return { folder, create: (file) => createFile(join(folder, file)), commit: () => commit(folder, final), abort };
}

/** Whether a name beside the final one is what an attempt at it leaves when it is killed. */
export const isLeftover = (entry: string, name: string): boolean =>
  entry.startsWith(`.${name}.`) && /^[0-9a-f]{8}\.partial$/.test(entry.slice(name.length + 2));

async function removeLeftovers(parent: string, name: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (isLeftover(entry, name)) await rm(join(parent, entry), { recursive: true, force: true });
  }
}

async function createFile(path: string): Promise<Writable> {
  try {
    const handle = await open(path, WRITE_NEW, 0o660);
    return handle.createWriteStream({ flush: true, highWaterMark: 1024 * 1024 });
  } catch (error) {
    throw storageError(error, path);
  }
}

async function commit(folder: string, final: string): Promise<void> {
  try {
    await syncFolder(folder);
    await rename(folder, final);
    await syncFolder(dirname(final));
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw storageError(error, final);
    throw new RunError('StorageFailed', `${final} appeared while this run was writing; another attempt at the same backup has won`, { cause: error, retryable: true });
  }
}
