import { formatRunResult, parseRunResult, type DumpSucceeded } from '@postgres-operator/api';
import { describe, expect, it } from 'vitest';
import { shorten } from '../shorten.ts';
import { superuserSummary, type SuperuserObject } from './superuser-only.ts';

const objects = (count: number, name: string): SuperuserObject[] => Array.from({ length: count }, () => ({ kind: 'extension', name, why: 'not trusted' }));

describe('what a result says of objects for superusers', () => {
  it('is nothing for none', () => expect(superuserSummary([])).toEqual({ count: 0, first: [] }));

  it('are the first in words, and how many there are', () => {
    const { count, first } = superuserSummary(objects(9, 'file_fdw'));
    expect(count).toBe(9);
    expect(first).toHaveLength(8);
    expect(first[0]).toBe('extension file_fdw (not trusted)');
  });

  it.each(['x', '"', '\u0001', 'ü', '😀', '\ud800'])('fits into a result, with names of nothing but %j', (character) => {
    const name = character.repeat(500);
    const result: DumpSucceeded = {
      ...({ v: 1, outcome: 'succeeded', command: 'dump', bytes: 2 ** 50, plainBytes: 2 ** 50, tables: 2 ** 50, rows: 2 ** 50 } as const),
      ...{ sha256: 'a'.repeat(64), manifestSha256: 'a'.repeat(64), serverVersion: '18.99', clientVersion: '18.99' },
      ...{ startedAt: new Date(0).toISOString(), finishedAt: new Date(0).toISOString() },
      // What a bucket's prefix may have at most, and then the names of the Backup.
      location: `s3://${'b'.repeat(63)}/${'p'.repeat(1024)}`,
      source: 'Primary',
      sourceNote: shorten(name, 256),
      superuserOnly: superuserSummary(objects(2 ** 10, name)),
    };
    expect(parseRunResult(formatRunResult(result))).toMatchObject({ outcome: 'succeeded', superuserOnly: { count: 1024 } });
  });
});
