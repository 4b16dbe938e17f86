import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childName } from './child-name.ts';
import { readSchedule, type Slots } from './cron.ts';
import { dueSlot, MOST_MISSED, type Due } from './due.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

function slots(schedule: string, timeZone?: string): Slots {
  const found = readSchedule(schedule, { timeZone, seed: 'x' });
  if ('problem' in found) throw new Error(found.problem);
  return found;
}
const shown = ({ slot, missed, next }: Due): object => ({ slot: slot === undefined ? undefined : new Date(slot).toISOString().slice(0, 16), missed, next: next === undefined ? undefined : new Date(next).toISOString().slice(0, 16) });

interface Case {
  why: string;
  schedule?: string;
  zone?: string;
  expected?: string;
  since?: string;
  now: string;
  deadline?: number;
  slot?: string;
  missed?: number;
  next?: string | undefined;
}

describe('what is due', () => {
  const created = '2026-01-01T10:00:00Z';
  test.each<Case>([
    { why: 'nothing right after the creation', now: '2026-01-01T10:00:00Z', next: '2026-01-01T11:00' },
    { why: 'nothing before the first slot', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T10:59:59Z', next: '2026-01-01T11:00' },
    { why: 'a slot to the second', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T11:00:00Z', slot: '2026-01-01T11:00', next: '2026-01-01T12:00' },
    { why: 'a slot a moment later', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T11:00:09Z', slot: '2026-01-01T11:00', next: '2026-01-01T12:00' },
    { why: 'nothing of the second of the creation', now: '2026-01-01T10:00:01Z', since: '2026-01-01T10:00:00Z', next: '2026-01-01T11:00' },
    { why: 'one slot after downtime over three, and two were missed', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T13:20:00Z', slot: '2026-01-01T13:00', missed: 2, next: '2026-01-01T14:00' },
    { why: 'one slot after downtime over one', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T11:50:00Z', slot: '2026-01-01T11:00', next: '2026-01-01T12:00' },
    { why: 'one slot of an object that was created while nobody looked', now: '2026-01-01T12:30:00Z', slot: '2026-01-01T12:00', missed: 1, next: '2026-01-01T13:00' },
    { why: 'nothing when all that came are too late', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T13:20:00Z', deadline: 600, missed: 3, next: '2026-01-01T14:00' },
    { why: 'what is just in time', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T13:10:00Z', deadline: 600, slot: '2026-01-01T13:00', missed: 2, next: '2026-01-01T14:00' },
    { why: 'a slot although the schedule was edited after it had come', schedule: '0 0 1 1 *', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T11:00:30Z', slot: '2026-01-01T11:00', next: '2027-01-01T00:00' },
    { why: 'no slot of the past of a schedule that was edited', schedule: '0 9 * * *', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T10:30:00Z', next: '2026-01-02T09:00' },
    { why: 'the sooner slot of a schedule that was edited', schedule: '*/10 * * * *', expected: '2026-01-01T11:00:00Z', now: '2026-01-01T10:30:00Z', next: '2026-01-01T10:40' },
    { why: 'nothing when the clock was put back', expected: '2026-01-02T00:00:00Z', now: '2026-01-01T10:30:00Z', next: '2026-01-01T11:00' },
    { why: 'one slot when the clock was put forward by a day', expected: '2026-01-01T11:00:00Z', now: '2026-01-02T10:30:00Z', slot: '2026-01-02T10:00', missed: 23, next: '2026-01-02T11:00' },
    { why: 'one slot after years, and no more than can be counted', schedule: '* * * * *', expected: '2024-01-01T00:00:00Z', now: '2026-01-01T10:30:30Z', slot: '2026-01-01T10:30', missed: MOST_MISSED, next: '2026-01-01T10:31' },
    { why: 'nothing of a day that never comes', schedule: '0 0 30 2 *', now: '2026-01-01T10:30:00Z', next: undefined },
    { why: 'one slot after downtime over the hour that is not there', schedule: '30 2 * * *', zone: 'Europe/Berlin', expected: '2026-03-28T01:30:00Z', now: '2026-03-29T12:00:00Z', slot: '2026-03-29T01:00', missed: 1, next: '2026-03-30T00:30' },
    { why: 'one slot after downtime over the hour that comes twice', schedule: '30 2 * * *', zone: 'Europe/Berlin', expected: '2026-10-25T00:30:00Z', now: '2026-10-25T01:45:00Z', slot: '2026-10-25T00:30', next: '2026-10-26T01:30' },
  ])('$why', ({ schedule = '0 * * * *', zone, expected, since = created, now, deadline, slot, missed = 0, next }) => {
    const expectation = { expected: expected === undefined ? undefined : at(expected), since: at(since), deadlineMs: deadline === undefined ? Number.POSITIVE_INFINITY : deadline * 1000 };
    expect(shown(dueSlot(slots(schedule, zone), expectation, at(now)))).toEqual({ slot, missed, next });
  });
});

test('whatever the downtimes, every slot is run once or counted as missed, and one run follows each look at most', () => {
  const gaps = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 * 60_000 }), fc.integer({ min: HOUR, max: 40 * HOUR })), { minLength: 1, maxLength: 40 });
  const schedule = fc.constantFrom('*/30 * * * *', '0 * * * *', '30 2 * * *', '15 1,2 * * *');
  const zone = fc.constantFrom('Etc/UTC', 'Europe/Berlin', 'America/New_York');
  const start = fc.constantFrom('2026-03-07T00:10:00Z', '2026-10-24T00:10:00Z', '2026-06-01T00:10:00Z').map(at);
  fc.assert(
    fc.property(schedule, zone, start, gaps, (text, timeZone, since, steps) => {
      const of = slots(text, timeZone);
      const run: number[] = [];
      let [missed, expected, now] = [0, undefined as number | undefined, since];
      for (const step of steps) {
        now += step;
        const due = dueSlot(of, { expected, since, deadlineMs: Number.POSITIVE_INFINITY }, now);
        if (due.slot !== undefined) run.push(due.slot);
        missed += due.missed;
        expected = due.next;
      }
      let came = 0;
      for (let slot = of.next(since); slot !== undefined && slot <= now; slot = of.next(slot)) came += 1;
      expect(run.length + missed).toBe(came);
      expect(new Set(run.map((slot) => childName('s', slot))).size).toBe(run.length);
      expect(run).toEqual([...run].sort((one, other) => one - other));
    }),
    { numRuns: 60 },
  );
});

test('the name of a run is that of its slot', () => {
  expect(childName('nightly', at('2026-01-02T03:04:05.678Z'))).toBe('nightly-20260102-030405');
});
