// Looks for what killed runs left in a place of backups, and removes it where that is asked for.
import type { CatalogueRequest, CatalogueSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { shorten } from '../shorten.ts';
import type { ListedFolder } from '../storage/listing.ts';
import { listOpenUploads, removeFiles } from '../storage/open.ts';
import { folderIn, manifestOf, type Source } from './manifest-of.ts';
import { isPartial, isSpared, orphansIn, summary, type Orphan } from './orphans.ts';

const MAX_PROBLEM = 200;

/** Tells what there is, without what it has removed. */
export async function tidy({ source, removeOrphans }: CatalogueRequest, folders: readonly ListedFolder[], run: Run): Promise<NonNullable<CatalogueSucceeded['orphans']>> {
  const uploads = await listOpenUploads(source, run);
  const orphans = orphansIn({ folders, uploads }, Date.now());
  if (removeOrphans === undefined) return summary(orphans, uploads);
  const { removed, problem } = await remove(source, { orphans, spare: removeOrphans.spare }, run);
  return { ...summary(orphans.filter((orphan) => !removed.has(orphan)), uploads), removed: removed.size, ...(problem !== undefined && { problem: shorten(problem, MAX_PROBLEM) }) };
}

interface Removed {
  readonly removed: ReadonlySet<Orphan>;
  /** Why not all. */
  readonly problem?: string;
}

/** One after the other. What the store does not let go keeps no other from going. @throws RunError for what may pass. */
async function remove(source: Source, { orphans, spare }: { orphans: readonly Orphan[]; spare: readonly string[] }, run: Run): Promise<Removed> {
  const removed = new Set<Orphan>();
  const problems: string[] = [];
  for (const orphan of orphans) {
    const problem = isSpared(orphan, spare) ? SPARED : await removeOne(source, orphan, run).catch(forGood);
    if (problem === undefined) removed.add(orphan);
    else problems.push(problem);
  }
  return { removed, ...(problems[0] !== undefined && { problem: problems[0] }) };
}

const SPARED = 'its Backup is complete or has not ended';

function forGood(error: unknown): string {
  if (!(error instanceof RunError) || error.retryable) throw error;
  return `${error.reason}: ${error.message}`;
}

/** Right before it the manifest is asked for once more: with it, there is a backup by now. Returns why nothing was removed. */
async function removeOne(source: Source, { folder, files, uploads, isComplete }: Orphan, run: Run): Promise<string | undefined> {
  run.signal.throwIfAborted();
  const place = folderIn(source, folder);
  if (!isComplete && !isPartial(folder) && (await manifestOf(place, run)) !== undefined) return 'it has a manifest by now';
  run.log('removing what a killed run left', { location: place.location, files: files.length, uploads: uploads.length });
  await removeFiles(place, { names: files.map(({ name }) => name), uploads }, run);
  return undefined;
}
