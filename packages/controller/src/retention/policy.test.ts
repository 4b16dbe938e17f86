import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAILED_KEPT, pruning, type Kept, type Policy } from './policy.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-07-15T12:00:00Z');

/** Runs by name and age: 'a 3d' was completed three days ago; a mark says what is special. */
function history(...lines: string[]): Kept[] {
  return lines.map((line) => {
    const [name = '', age = '0', ...marks] = line.split(' ');
    const state = (['suspicious', 'failed', 'open'] as const).find((mark) => marks.includes(mark)) ?? 'good';
    return { name, at: NOW - Number.parseFloat(age) * (age.endsWith('h') ? 3_600_000 : DAY), state, pinned: marks.includes('pinned') };
  });
}
const policyOf = (policy: Partial<Policy>): Policy => ({ minKeep: 1, timeZone: 'Etc/UTC', ...policy });

describe('what goes', () => {
  test.each<{ why: string; runs: string[]; policy: Partial<Policy>; good?: string[]; failed?: string[]; frozen?: string }>([
    { why: 'nothing of as many as are kept', runs: ['a 1d', 'b 2d'], policy: { keepLast: 2 } },
    { why: 'what is beyond the last ones, the oldest first', runs: ['b 2d', 'd 4d', 'a 1d', 'c 3d'], policy: { keepLast: 2 }, good: ['d', 'c'] },
    { why: 'nothing that is pinned, and it is none of those that are counted away', runs: ['a 1d', 'b 2d', 'c 3d pinned', 'd 4d'], policy: { keepLast: 2 }, good: ['d'] },
    { why: 'no good one because of runs that failed', runs: ['a 1d', 'f1 1.1d failed', 'f2 1.2d failed', 'b 2d'], policy: { keepLast: 2 } },
    { why: 'failed runs beyond their own history', runs: ['a 1d', 'f1 2d failed', 'f2 3d failed', 'f3 4d failed', 'f4 5d failed', 'f5 6d failed'], policy: { keepLast: 2 }, failed: ['f5', 'f4'] },
    { why: 'no failed run that is pinned', runs: ['a 1d', 'f1 2d failed', 'f2 3d failed', 'f3 4d failed', 'f4 5d failed pinned'], policy: { keepLast: 2 } },
    { why: 'nothing good while the newest run is failed', runs: ['f 1h failed', 'a 1d', 'b 2d', 'c 3d'], policy: { keepLast: 2 }, frozen: 'the newest run f has failed' },
    { why: 'failed runs all the same', runs: ['f0 1h failed', 'f1 2h failed', 'f2 3h failed', 'f3 4h failed', 'a 1d', 'b 2d', 'c 3d'], policy: { keepLast: 2 }, failed: ['f3'], frozen: 'the newest run f0 has failed' },
    { why: 'nothing good while the newest one is suspicious', runs: ['s 1h suspicious', 'a 1d', 'b 2d', 'c 3d'], policy: { keepLast: 2 }, frozen: 'the newest backup s is suspicious' },
    { why: 'nothing good while the newest one is suspicious and a later run failed and another succeeded', runs: ['f 1h failed', 's 2h suspicious', 'a 1d', 'b 2d', 'c 3d'], policy: { keepLast: 2 }, frozen: 'the newest run f has failed' },
    { why: 'no suspicious one, although a newer one is good', runs: ['a 1h', 's 2h suspicious', 'b 1d', 'c 2d'], policy: { keepLast: 2 }, good: ['c'] },
    { why: 'what the newest finished run says, while another one is at work', runs: ['o 0h open', 'f 1h failed', 'a 1d', 'b 2d'], policy: { keepLast: 1 }, frozen: 'the newest run f has failed' },
    { why: 'what is beyond the last ones, while another one is at work', runs: ['o 0h open', 'a 1d', 'b 2d'], policy: { keepLast: 1 }, good: ['b'] },
    { why: 'all of a day but the newest', runs: ['a 1h', 'b 2h', 'c 3h', 'd 25h', 'e 26h'], policy: { keepDaily: 7 }, good: ['e', 'c', 'b'] },
    { why: 'days that are too many; days without a backup do not count', runs: ['a 1d', 'b 3d', 'c 9d'], policy: { keepDaily: 2 }, good: ['c'] },
    { why: 'weeks begin on Monday (15 July 2026 is a Wednesday)', runs: ['wed 1h', 'mon 2d', 'sun 3d', 'sat 4d'], policy: { keepWeekly: 4 }, good: ['sat', 'mon'] },
    { why: 'months', runs: ['jul 1d', 'jul1 14d', 'jun 15d', 'may 60d', 'apr 80d'], policy: { keepMonthly: 3 }, good: ['apr', 'jul1'] },
    { why: 'years', runs: ['y26 1d', 'y25 300d', 'y25b 400d', 'y24 700d'], policy: { keepYearly: 2 }, good: ['y24', 'y25b'] },
    { why: 'what no rule of several wants', runs: ['a 1h', 'b 1d', 'c 2d', 'd 3d', 'e 40d', 'f 41d'], policy: { keepLast: 1, keepDaily: 3, keepMonthly: 2 }, good: ['f', 'd'] },
    { why: 'what is too old, when that is the only rule', runs: ['a 1d', 'b 10d', 'c 31d', 'd 60d'], policy: { maxAgeMs: 30 * DAY }, good: ['d', 'c'] },
    { why: 'what is too old, although another rule wants it', runs: ['a 1d', 'b 31d', 'c 60d'], policy: { keepMonthly: 12, maxAgeMs: 45 * DAY }, good: ['c'] },
    { why: 'never the newest good one, however old', runs: ['a 400d'], policy: { maxAgeMs: 30 * DAY } },
    { why: 'never less than minKeep', runs: ['a 40d', 'b 50d', 'c 60d', 'd 70d'], policy: { maxAgeMs: 30 * DAY, minKeep: 3 }, good: ['d'] },
    { why: 'nothing without a rule', runs: ['a 1d', 'b 1000d'], policy: {} },
    { why: 'nothing of nothing', runs: [], policy: { keepLast: 1 } },
  ])('$why', ({ runs, policy, good = [], failed = [], frozen }) => {
    expect(pruning(history(...runs), policyOf(policy), NOW)).toEqual({ good, failed, ...(frozen !== undefined && { frozen }) });
  });

  test('by the days of the time zone', () => {
    const runs = [{ name: 'late', at: Date.parse('2026-07-14T22:30:00Z'), state: 'good', pinned: false }, { name: 'early', at: Date.parse('2026-07-14T21:30:00Z'), state: 'good', pinned: false }] as const;
    expect(pruning(runs, policyOf({ keepDaily: 5 }), NOW).good).toEqual(['early']);
    expect(pruning(runs, policyOf({ keepDaily: 5, timeZone: 'Europe/Berlin' }), NOW).good).toEqual([]);
  });
});

describe('whatever the history and the rules', () => {
  const count = (max: number): fc.Arbitrary<number | undefined> => fc.option(fc.integer({ min: 0, max }), { nil: undefined });
  const policies = fc.record({ keepLast: count(6), keepDaily: count(5), keepWeekly: count(4), keepMonthly: count(3), keepYearly: count(2), maxAgeMs: fc.option(fc.integer({ min: 1, max: 500 * DAY }), { nil: undefined }), minKeep: fc.integer({ min: 0, max: 5 }), timeZone: fc.constantFrom('Etc/UTC', 'Europe/Berlin', 'Pacific/Auckland') });
  const states = fc.constantFrom<Kept['state']>('good', 'good', 'good', 'good', 'failed', 'suspicious', 'open');
  const runs = fc
    .array(fc.record({ age: fc.integer({ min: 0, max: 800 * DAY }), state: states, pinned: fc.integer({ min: 0, max: 9 }).map((digit) => digit === 0) }), { maxLength: 40 })
    .map((list) => list.map(({ age, ...rest }, index): Kept => ({ name: `run-${index}`, at: NOW - age, ...rest })));
  const check = (law: (runs: Kept[], gone: Set<string>, policy: Policy) => void): void =>
    fc.assert(
      fc.property(runs, policies, (list, policy) => {
        const { good, failed } = pruning(list, policy, NOW);
        law(list, new Set([...good, ...failed]), policy);
      }),
      { numRuns: 400 },
    );
  const goodOnes = (list: Kept[]): Kept[] => list.filter(({ state }) => state === 'good').sort((one, other) => other.at - one.at);

  test('the newest good one survives', () => {
    check((list, gone) => {
      const newest = goodOnes(list)[0]?.at;
      expect(newest === undefined || list.some(({ at, name, state }) => at === newest && state === 'good' && !gone.has(name))).toBe(true);
    });
  });

  test('everything survives that is pinned, suspicious or at work', () => {
    check((list, gone) => expect(list.filter(({ pinned, state }) => pinned || state === 'suspicious' || state === 'open').every(({ name }) => !gone.has(name))).toBe(true));
  });

  test('minKeep good ones survive, and the last ones that are wanted and young enough', () => {
    check((list, gone, { minKeep, keepLast = 0, maxAgeMs = Number.POSITIVE_INFINITY }) => {
      const left = goodOnes(list).filter(({ name }) => !gone.has(name)).length;
      const young = goodOnes(list).filter(({ at }) => NOW - at <= maxAgeMs).length;
      expect(left).toBeGreaterThanOrEqual(Math.min(goodOnes(list).length, Math.max(1, minKeep)));
      expect(left).toBeGreaterThanOrEqual(Math.min(young, keepLast));
    });
  });

  test('nothing good goes while the newest run is failed or suspicious', () => {
    check((list, gone) => {
      const ended = list.filter(({ state }) => state !== 'open').sort((one, other) => other.at - one.at || (one.name < other.name ? 1 : -1));
      if (ended[0]?.state !== 'failed' && ended[0]?.state !== 'suspicious') return;
      expect(goodOnes(list).every(({ name }) => !gone.has(name))).toBe(true);
    });
  });

  test('failed runs never take the place of good ones, and their newest stay', () => {
    check((list, gone, policy) => {
      const failed = list.filter(({ state }) => state === 'failed');
      expect(failed.filter(({ name }) => !gone.has(name)).length).toBeGreaterThanOrEqual(Math.min(failed.length, FAILED_KEPT));
      const withoutFailed = pruning(list.filter(({ state }) => state !== 'failed'), policy, NOW).good;
      expect(goodOnes(list).filter(({ name }) => gone.has(name)).every(({ name }) => withoutFailed.includes(name))).toBe(true);
    });
  });

  test('doing it twice deletes nothing more', () => {
    check((list, gone, policy) => {
      const again = pruning(list.filter(({ name }) => !gone.has(name)), policy, NOW);
      expect([...again.good, ...again.failed]).toEqual([]);
    });
  });
});
