// What attempts leave that were killed when no further one comes: nobody else would ever remove it.
import type { DiscardRequest, DiscardSucceeded, DumpSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { openSource, removeLeftovers } from '../storage/open.ts';
import { reportCompleted } from './completed.ts';

/**
 * Removes everything of a backup that does not exist. If it does exist after all, an attempt completed and its result was lost:
 * then that is reported, and nothing is removed. No attempt may be alive meanwhile: it would lose its files.
 */
export async function discard({ object, destination }: DiscardRequest, run: Run): Promise<DiscardSucceeded | DumpSucceeded> {
  const startedAt = new Date().toISOString();
  const source = await openSource(destination, run);
  const completed = await source.readManifest();
  if (completed !== undefined) return reportCompleted({ object, destination, run, source }, completed);
  const removed = await removeLeftovers(destination, run);
  run.log('discarded', { location: destination.location, removed });
  return { v: 1, outcome: 'succeeded', command: 'discard', found: removed > 0 ? 'removed' : 'nothing', startedAt, finishedAt: new Date().toISOString() };
}
