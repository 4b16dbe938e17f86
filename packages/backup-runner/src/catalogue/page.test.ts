import { formatRunResult, MAX_RESULT_BYTES, parseRunResult, type RunResult } from '@postgres-operator/api';
import { describe, expect, it } from 'vitest';
import { candidatesIn, type Candidate, type Position } from './candidates.ts';
import type { Entry, Refusal } from './entry.ts';
import { emptyPage, withFound, type Page } from './page.ts';

const SHA256 = '0f'.repeat(32);
const folderOf = (number: number): string => `${'n'.repeat(44)}-${number.toString(16).padStart(8, '0')}`;
const LARGEST: Omit<Entry, 'folder'> = {
  manifestSha256: SHA256,
  finishedAt: '2026-01-02T03:04:05.000Z',
  bytes: Number.MAX_SAFE_INTEGER,
  plainBytes: Number.MAX_SAFE_INTEGER,
  tables: Number.MAX_SAFE_INTEGER,
  rows: Number.MAX_SAFE_INTEGER,
  serverVersion: '"'.repeat(64),
  partial: true,
};
const resultOf = (page: Page): RunResult => ({ v: 1, outcome: 'succeeded', command: 'catalogue', ...page, startedAt: '2026-01-02T03:04:05.000Z', finishedAt: '2026-01-02T03:04:05.000Z' });

/** Fills one page, as the command does. */
function fill(candidates: readonly Candidate[], look: (candidate: Candidate) => Entry | Refusal): Page {
  let page = emptyPage({ count: 3, bytes: 4096, first: ['n'.repeat(61), 'n'.repeat(61)] });
  for (const candidate of candidates) {
    const longer = withFound(page, candidate, look(candidate));
    if (longer === undefined) return page;
    page = longer;
  }
  return page;
}

describe('a page', () => {
  const folders = Array.from({ length: 600 }, (_, number) => ({ name: folderOf(number), files: [{ name: 'manifest.json', bytes: 1, storedAt: `2026-01-02T03:0${number % 7}:05.000Z` }] }));

  it('after the other tells of each backup once, the newest first, and none is too long for a result', () => {
    const told: string[] = [];
    let after: Position | undefined;
    for (let rest = candidatesIn(folders); rest.length > 0; rest = candidatesIn(folders, after)) {
      // Each of another length: somewhere a page ends just below the limit.
      const page = fill(rest, ({ folder }) => ({ folder, ...LARGEST, serverVersion: '"'.repeat(1 + (Number.parseInt(folder.slice(-8), 16) % 64)) }));
      expect(Buffer.byteLength(formatRunResult(resultOf(page)))).toBeLessThanOrEqual(MAX_RESULT_BYTES);
      expect(page.backups.length).toBeGreaterThan(0);
      told.push(...page.backups.map(({ folder }) => folder));
      after = page.next;
    }
    expect(told).toEqual(candidatesIn(folders).map(({ folder }) => folder));
  });

  it('counts what is refused, tells of the first, and is read as it stands', () => {
    const page = fill(candidatesIn(folders.slice(0, 9)), ({ folder }) => (folder === folderOf(8) ? { folder, ...LARGEST } : { problem: `\u0001\u{1f4a5}${'"'.repeat(1000)}` }));
    expect(page.refused.count).toBe(8);
    expect(page.refused.first).toHaveLength(2);
    expect(page.backups).toHaveLength(1);
    expect(parseRunResult(formatRunResult(resultOf(page)))).toEqual(resultOf(page));
  });
});
