import { expect, it } from 'vitest';
import { superseded } from './tidy.ts';

const HOUR = 3600 * 1000;
const entry = (id: string, key: number, usedAt: number): { name: string; usedAt: number } => ({
  name: `${id}-${String(key).padStart(16, '0')}`,
  usedAt,
});

it('keeps the three that were used last', () => {
  const entries = [1, 2, 3, 4, 5].map((key) => entry('runner', key, key));
  expect(superseded(entries, 'runner', 10 * HOUR)).toEqual([entry('runner', 2, 0).name, entry('runner', 1, 0).name]);
});

it('keeps what may be in use', () => {
  const entries = [1, 2, 3, 4, 5].map((key) => entry('runner', key, 9.5 * HOUR));
  expect(superseded(entries, 'runner', 10 * HOUR)).toEqual([]);
});

it('leaves other images and unfinished entries alone', () => {
  const entries = [1, 2, 3, 4].map((key) => entry('postgres-14', key, key));
  const partial = { name: `${entry('postgres', 1, 0).name}.partial-x`, usedAt: 0 };
  expect(superseded([...entries, partial], 'postgres', 10 * HOUR)).toEqual([]);
});
