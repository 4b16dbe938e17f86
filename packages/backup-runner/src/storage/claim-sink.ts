// Where a backup is written. Everything goes into a folder with a temporary name beside the final one; renaming that folder
// is the one step that makes the backup exist. So there is never half a backup under a final name, and of two racing
// attempts one wins whole: rename(2) refuses a target folder that holds anything.
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MANIFEST_FILE } from '@postgres-operator/api';
import { RunError, codeOf } from '../errors.ts';
import { ensureFolder, hasFolder, removeEmptyFolders, safeParts } from './safe-path.ts';
import type { BackupSink, SinkFile } from './contract.ts';
import { storageError } from './storage-error.ts';
import { syncFolder } from './sync.ts';

/** An attempt to write one backup into a claim. */
export interface ClaimSink extends BackupSink {
  /** The temporary folder. */
  readonly folder: string;
}

const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Begins an attempt to write the folder `path` of a claim, and removes what killed attempts left of theirs. */
export async function openClaimSink(root: string, path: string): Promise<ClaimSink> {
  const parts = safeParts(path);
  const final = join(root, ...parts);
  const name = parts.at(-1) ?? '';
  const created = await ensureFolder(root, parts.slice(0, -1));
  const folder = nameOfPartial(final);
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
  return { folder, create: (file) => createFile(join(folder, file)), startOver: () => empty(folder), commit: (manifest) => commit(folder, final, manifest), abort };
}

/** Whether a name beside the final one is what an attempt at it leaves when it is killed. */
export const isLeftover = (entry: string, name: string): boolean =>
  entry.startsWith(`.${name}.`) && /^[0-9a-f]{8}\.partial$/.test(entry.slice(name.length + 2));

/** Removes what killed attempts left of theirs; returns how many there were. The folders above stay: others may be using them. */
export async function removeFromClaim(root: string, path: string): Promise<number> {
  const parts = safeParts(path);
  const parents = parts.slice(0, -1);
  if (!(await hasFolder(root, parents))) return 0;
  const parent = join(root, ...parents);
  try {
    return await removeLeftovers(parent, parts.at(-1) ?? '');
  } catch (error) {
    throw storageError(error, parent);
  }
}

/** Removes a backup, and what killed attempts left of theirs; returns how much there was. One step takes away its name: whoever is killed after it has left leftovers. */
export async function removeBackupFromClaim(root: string, path: string): Promise<number> {
  const parts = safeParts(path);
  const final = join(root, ...parts);
  if (await hasFolder(root, parts)) {
    try {
      await rename(final, nameOfPartial(final));
      await syncFolder(dirname(final));
    } catch (error) {
      throw storageError(error, final);
    }
  }
  return removeFromClaim(root, path);
}

/** A temporary name beside a final one. */
const nameOfPartial = (final: string): string => join(dirname(final), `.${basename(final)}.${randomBytes(4).toString('hex')}.partial`);

async function removeLeftovers(parent: string, name: string): Promise<number> {
  const leftovers = (await readdir(parent)).filter((entry) => isLeftover(entry, name));
  for (const entry of leftovers) await rm(join(parent, entry), { recursive: true, force: true });
  return leftovers.length;
}

async function empty(folder: string): Promise<void> {
  try {
    for (const entry of await readdir(folder)) await rm(join(folder, entry));
  } catch (error) {
    throw storageError(error, folder);
  }
}

async function createFile(path: string): Promise<SinkFile> {
  try {
    const handle = await open(path, WRITE_NEW, 0o660);
    // Once the stream has finished, its bytes are on the disk; the folder's name is what makes them final.
    return { output: handle.createWriteStream({ flush: true, highWaterMark: 1024 * 1024 }), publish: () => Promise.resolve({}) };
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Gives the folder its final name, durably, if nothing has that name yet. */
async function commit(folder: string, final: string, manifest: string): Promise<string> {
  const sha256 = await writeManifest(join(folder, MANIFEST_FILE), manifest);
  try {
    await syncFolder(folder);
    await rename(folder, final);
    await syncFolder(dirname(final));
    return sha256;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw storageError(error, final);
    throw new RunError('StorageFailed', `${final} appeared while this run was writing; another attempt at the same backup has won`, { cause: error, retryable: true });
  }
}

/** Writes the manifest, reads it back, and returns the digest of what was read. */
async function writeManifest(path: string, text: string): Promise<string> {
  try {
    await pipeline([Buffer.from(text)], (await createFile(path)).output);
    const stored = await readFile(path);
    if (stored.toString('utf8') !== text) throw new RunError('StorageFailed', `${path} reads back differently from what was written`);
    return createHash('sha256').update(stored).digest('hex');
  } catch (error) {
    throw storageError(error, path);
  }
}
