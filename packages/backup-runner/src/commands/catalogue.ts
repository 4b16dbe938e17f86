// What backups there are in a place whose cluster may be gone. It reads manifests, and changes nothing of a backup; what they describe is verified by whoever restores it.
import type { CatalogueRequest, CatalogueSucceeded } from '@postgres-operator/api';
import { candidatesIn, type Candidate } from '../catalogue/candidates.ts';
import { entryOf, refuseUnread, type Entry, type Refusal } from '../catalogue/entry.ts';
import { folderIn, manifestOf, type Source } from '../catalogue/manifest-of.ts';
import { emptyPage, withFound, type Page } from '../catalogue/page.ts';
import { tidy } from '../catalogue/tidy.ts';
import type { Run } from '../environment.ts';
import { listFolders } from '../storage/open.ts';

/** A bucket full of what is refused takes several runs, each within its time. */
const MOST_LOOKED_AT = 500;

/** Tells of the backups in a place, the newest first, from a position on. */
export async function catalogue(request: CatalogueRequest, run: Run): Promise<CatalogueSucceeded> {
  const { source, after } = request;
  const startedAt = new Date().toISOString();
  const folders = await listFolders(source, run);
  const candidates = candidatesIn(folders, after);
  const { page, isLast } = await fill(emptyPage(after === undefined ? await tidy(request, folders, run) : undefined), candidates, { source, run });
  const { next, ...found } = page;
  run.log('scanned', { location: source.location, left: candidates.length, told: found.backups.length, refused: found.refused.count });
  return { v: 1, outcome: 'succeeded', command: 'catalogue', ...found, ...(next !== undefined && !isLast && { next }), startedAt, finishedAt: new Date().toISOString() };
}

async function fill(empty: Page, candidates: readonly Candidate[], { source, run }: { source: Source; run: Run }): Promise<{ readonly page: Page; readonly isLast: boolean }> {
  let page = empty;
  for (const candidate of candidates.slice(0, MOST_LOOKED_AT)) {
    run.signal.throwIfAborted();
    const found = await look(candidate, source, run);
    const longer = found === undefined ? page : withFound(page, candidate, found);
    if (longer === undefined) return { page, isLast: false };
    page = longer;
  }
  return { page, isLast: candidates.length <= MOST_LOOKED_AT };
}

/** Undefined: it was deleted meanwhile. */
async function look(candidate: Candidate, source: Source, run: Run): Promise<Entry | Refusal | undefined> {
  const refusal = refuseUnread(candidate);
  if (refusal !== undefined) return refusal;
  const stored = await manifestOf(folderIn(source, candidate.folder), run);
  if (stored === 'unreadable') return { problem: 'its manifest cannot be read' };
  return stored && entryOf(candidate, stored, Date.now());
}
