import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const KEPT = 3;
const IN_USE_MS = 3600 * 1000;

export interface CacheEntry {
  name: string;
  usedAt: number;
}

/**
 * Every change makes another entry of some hundred megabytes. The last ones stay, since other clones may be at other commits, and
 * whatever was used within the hour, since somebody may just be reading it.
 */
export function superseded(entries: readonly CacheEntry[], id: string, now: number): string[] {
  return entries
    .filter(({ name }) => name.replace(/-[0-9a-f]{16}$/, '') === id)
    .sort((a, b) => b.usedAt - a.usedAt)
    .slice(KEPT)
    .filter(({ usedAt }) => now - usedAt > IN_USE_MS)
    .map(({ name }) => name);
}

/** Removes what nobody needs any more of an image or a source: the entries of the folder that differ by their key only. */
export function removeSuperseded(folder: string, id: string): void {
  const entries = readdirSync(folder).map((name) => ({ name, usedAt: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  for (const name of superseded(entries, id, Date.now())) rmSync(join(folder, name), { recursive: true, force: true });
}
