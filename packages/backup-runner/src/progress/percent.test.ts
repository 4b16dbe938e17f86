import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentOf, secondsLeft, type Passed } from './percent.ts';

const MB = 1024 * 1024;
const WEIGHTS = new Map([['a', 100 * MB], ['b', 300 * MB], ['c', 600 * MB]]);
const expected = ['a', 'b', 'c'];

describe('of tables of 100, 300 and 600 MB', () => {
  it.each<[string, Partial<Passed>, number]>([
    ['nothing', {}, 0],
    ['half of the first, byte for byte while nothing better is known', { current: { table: 'a', bytes: 50 * MB } }, 5],
    ['the first', { finished: ['a'], finishedBytes: 70 * MB }, 10],
    ['a third of the second, whose bytes are worth what those of the first were', { finished: ['a'], finishedBytes: 50 * MB, current: { table: 'b', bytes: 50 * MB } }, 20],
    ['more of the second than the first foretold: no more than all of it', { finished: ['a'], finishedBytes: 10 * MB, current: { table: 'b', bytes: 999 * MB } }, 40],
    ['two, in whatever order', { finished: ['c', 'a'], finishedBytes: 300 * MB }, 70],
    ['all: the rest is not tables', { finished: expected, finishedBytes: 900 * MB }, 99],
  ])('%s', (_what, passed, percent) => {
    expect(percentOf({ expected, finished: [], finishedBytes: 0, ...passed }, WEIGHTS)).toBeCloseTo(percent);
  });
});

describe('of tables', () => {
  it('of unknown size each counts alike', () => expect(percentOf({ expected, finished: ['a'], finishedBytes: 5 }, new Map())).toBeCloseTo(100 / 3));
  it('there may be none', () => expect(percentOf({ expected: [], finished: [], finishedBytes: 0 }, WEIGHTS)).toBe(0));

  it('a percentage comes out, whatever passes', () => {
    const sizes = fc.array(fc.nat(2 ** 40), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.nat(2 ** 40), fc.nat(2 ** 40), fc.nat(7), (all, finishedBytes, bytes, at) => {
        const tables = all.map((_size, index) => String(index));
        const now = Math.min(at, tables.length - 1);
        const weights = new Map(all.map((size, index) => [String(index), size]));
        const percent = percentOf({ expected: tables, finished: tables.slice(0, now), finishedBytes, current: { table: String(now), bytes } }, weights);
        expect(percent).toBeGreaterThanOrEqual(0);
        expect(percent).toBeLessThanOrEqual(99);
      }),
    );
  });
});

it.each([
  [4, 50, undefined],
  [60, 0.5, undefined],
  [60, 50, 60],
  [60, 20, 240],
  [100, 99, 1],
  [10, 99, 1],
])('after %i s at %f %% it takes %s s more', (elapsed, percent, left) => expect(secondsLeft(elapsed, percent)).toBe(left));
