// What attempts leave that were killed when no further one comes, and backups that nobody wants any more: nobody else would ever remove it.
import type { DiscardRequest, DiscardSucceeded, DumpSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { openSource, removeBackup, removeLeftovers } from '../storage/open.ts';
import type { BackupSource, StoredManifest } from '../storage/contract.ts';
import { refuseForeign, reportCompleted } from './completed.ts';

/**
 * Removes everything of a backup that does not exist. If it does exist after all, an attempt completed and its result was lost:
 * then that is reported, and nothing is removed, unless the request is for complete backups too. No attempt may be alive
 * meanwhile: it would lose its files.
 */
export async function discard({ object, destination, completed: isWhole }: DiscardRequest, run: Run): Promise<DiscardSucceeded | DumpSucceeded> {
  const startedAt = new Date().toISOString();
  const source = await openSource(destination, run);
  const found = await (isWhole ? readAnyManifest(source, run) : source.readManifest());
  if (found !== undefined && !isWhole) return reportCompleted({ object, destination, run, source }, found);
  if (found !== undefined) refuseForeign({ object, destination }, found);
  const removed = await (isWhole ? removeBackup(destination, run) : removeLeftovers(destination, run));
  run.log('discarded', { location: destination.location, removed });
  return { v: 1, outcome: 'succeeded', command: 'discard', found: removed > 0 ? 'removed' : 'nothing', startedAt, finishedAt: new Date().toISOString() };
}

/** The manifest, whoever wrote it. One that cannot be read keeps nobody from removing what is in a place of its own. */
async function readAnyManifest(source: BackupSource, run: Run): Promise<StoredManifest | undefined> {
  try {
    return await source.readManifest();
  } catch (error) {
    if (!(error instanceof RunError) || error.reason !== 'BackupCorrupt') throw error;
    run.log('removing a backup whose manifest cannot be read', { location: source.location });
    return undefined;
  }
}
