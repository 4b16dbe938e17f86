import { expect, it } from 'vitest';
import { leastBytes } from './space.ts';

const file = (bytes: number): Parameters<typeof leastBytes>[0]['file'] => ({ name: 'dump.pgcustom.zst', bytes, plainBytes: bytes * 4, sha256: '' });

it.each([
  { what: 'large rows: what is stored', bytes: 1_000_000, rows: 10, least: 1_000_000 },
  { what: 'small rows: their headers', bytes: 1_000_000, rows: 1_000_000, least: 28_000_000 },
  { what: 'a backup that did not count: what is stored', bytes: 1_000_000, rows: undefined, least: 1_000_000 },
])('the least that a restored database needs, of $what', ({ bytes, rows, least }) => {
  expect(leastBytes({ file: file(bytes), manifest: rows === undefined ? {} : { rows } })).toBe(least);
});
