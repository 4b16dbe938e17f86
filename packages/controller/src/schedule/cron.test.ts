import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSchedule, type Slots } from './cron.ts';

const UID = 'bbbbbbbb-0000-4000-8000-000000000000';

function slots(schedule: string, timeZone?: string, seed = UID): Slots {
  const found = readSchedule(schedule, { timeZone, seed });
  if ('problem' in found) throw new Error(found.problem);
  return found;
}
const iso = (at: number | undefined): string => (at === undefined ? 'never' : new Date(at).toISOString().replace(':00.000Z', 'Z'));
/** The slots that follow a moment, without seconds. */
function following(of: Slots, from: string, count: number): string[] {
  const seen: string[] = [];
  for (let at = of.next(Date.parse(from)); seen.length < count; at = of.next(at)) {
    seen.push(iso(at));
    if (at === undefined) return seen;
  }
  return seen;
}

describe('a schedule is due', () => {
  test.each<{ schedule: string; from: string; at: string[] }>([
    { schedule: '* * * * *', from: '2026-01-02T03:04:05Z', at: ['2026-01-02T03:05Z', '2026-01-02T03:06Z'] },
    { schedule: '* * * * *', from: '2026-01-02T03:04:00Z', at: ['2026-01-02T03:05Z'] },
    { schedule: '*/15 * * * *', from: '2026-01-02T03:04:05Z', at: ['2026-01-02T03:15Z', '2026-01-02T03:30Z', '2026-01-02T03:45Z', '2026-01-02T04:00Z'] },
    { schedule: '7-59/20 * * * *', from: '2026-01-02T03:04:05Z', at: ['2026-01-02T03:07Z', '2026-01-02T03:27Z', '2026-01-02T03:47Z', '2026-01-02T04:07Z'] },
    { schedule: '30 2 * * *', from: '2026-01-02T03:04:05Z', at: ['2026-01-03T02:30Z', '2026-01-04T02:30Z'] },
    { schedule: '0,30 8-10 * * *', from: '2026-01-02T08:15:00Z', at: ['2026-01-02T08:30Z', '2026-01-02T09:00Z', '2026-01-02T09:30Z', '2026-01-02T10:00Z', '2026-01-02T10:30Z', '2026-01-03T08:00Z'] },
    { schedule: '0 0 * * 0', from: '2026-01-02T00:00:00Z', at: ['2026-01-04T00:00Z', '2026-01-11T00:00Z'] },
    { schedule: '0 0 * * 7', from: '2026-01-02T00:00:00Z', at: ['2026-01-04T00:00Z'] },
    { schedule: '0 0 * * sun', from: '2026-01-02T00:00:00Z', at: ['2026-01-04T00:00Z'] },
    { schedule: '0 6 * * MON-FRI', from: '2026-01-02T07:00:00Z', at: ['2026-01-05T06:00Z', '2026-01-06T06:00Z'] },
    { schedule: '0 0 1 */3 *', from: '2026-01-02T00:00:00Z', at: ['2026-04-01T00:00Z', '2026-07-01T00:00Z'] },
    { schedule: '0 0 31 * *', from: '2026-01-31T00:00:00Z', at: ['2026-03-31T00:00Z', '2026-05-31T00:00Z'] },
    { schedule: '0 0 29 2 *', from: '2026-01-01T00:00:00Z', at: ['2028-02-29T00:00Z', '2032-02-29T00:00Z'] },
    { schedule: '0 0 29 FEB *', from: '2096-03-01T00:00:00Z', at: ['2104-02-29T00:00Z'] },
    { schedule: '0 0 30 2 *', from: '2026-01-01T00:00:00Z', at: ['never'] },
    // As in crontab(5): where both days are restricted, one of them suffices.
    { schedule: '0 0 13 * 5', from: '2026-01-01T00:00:00Z', at: ['2026-01-02T00:00Z', '2026-01-09T00:00Z', '2026-01-13T00:00Z', '2026-01-16T00:00Z'] },
    { schedule: '59 23 31 12 *', from: '2026-12-31T23:59:00Z', at: ['2027-12-31T23:59Z'] },
    { schedule: '@hourly', from: '2026-01-02T03:04:05Z', at: ['2026-01-02T04:00Z'] },
    { schedule: '@daily', from: '2026-01-02T03:04:05Z', at: ['2026-01-03T00:00Z'] },
    { schedule: '@midnight', from: '2026-01-02T03:04:05Z', at: ['2026-01-03T00:00Z'] },
    { schedule: '@weekly', from: '2026-01-02T03:04:05Z', at: ['2026-01-04T00:00Z'] },
    { schedule: '@monthly', from: '2026-01-02T03:04:05Z', at: ['2026-02-01T00:00Z'] },
    { schedule: '@yearly', from: '2026-01-02T03:04:05Z', at: ['2027-01-01T00:00Z'] },
    { schedule: ' @Daily ', from: '2026-01-02T03:04:05Z', at: ['2026-01-03T00:00Z'] },
  ])('$schedule, after $from', ({ schedule, from, at }) => {
    expect(following(slots(schedule), from, at.length)).toEqual(at);
  });
});

describe('the clocks', () => {
  test.each<{ what: string; schedule: string; zone: string; from: string; at: string[] }>([
    { what: 'are put forward: 2:30 is not there and is run at 3:00', schedule: '30 2 * * *', zone: 'America/New_York', from: '2026-03-07T12:00:00Z', at: ['2026-03-08T07:00Z', '2026-03-09T06:30Z'] },
    { what: 'are put forward in Berlin', schedule: '30 2 * * *', zone: 'Europe/Berlin', from: '2026-03-28T12:00:00Z', at: ['2026-03-29T01:00Z', '2026-03-30T00:30Z'] },
    { what: 'are put forward: a daily run after it moves with them', schedule: '0 4 * * *', zone: 'Europe/Berlin', from: '2026-03-27T12:00:00Z', at: ['2026-03-28T03:00Z', '2026-03-29T02:00Z', '2026-03-30T02:00Z'] },
    { what: 'are put forward: every half hour goes on', schedule: '*/30 * * * *', zone: 'Europe/Berlin', from: '2026-03-29T00:15:00Z', at: ['2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z'] },
    { what: 'are put forward: every hour goes on', schedule: '0 * * * *', zone: 'America/New_York', from: '2026-03-08T05:30:00Z', at: ['2026-03-08T06:00Z', '2026-03-08T07:00Z', '2026-03-08T08:00Z'] },
    { what: 'are put back: 1:30 is run the first time', schedule: '30 1 * * *', zone: 'America/New_York', from: '2026-10-31T12:00:00Z', at: ['2026-11-01T05:30Z', '2026-11-02T06:30Z'] },
    { what: 'are put back in Berlin', schedule: '30 2 * * *', zone: 'Europe/Berlin', from: '2026-10-24T12:00:00Z', at: ['2026-10-25T00:30Z', '2026-10-26T01:30Z'] },
    { what: 'are put back: a list of hours is run once as well', schedule: '0 1,2 * * *', zone: 'America/New_York', from: '2026-11-01T04:30:00Z', at: ['2026-11-01T05:00Z', '2026-11-01T07:00Z', '2026-11-02T06:00Z'] },
    { what: 'are put back: every hour goes on', schedule: '0 * * * *', zone: 'America/New_York', from: '2026-11-01T04:30:00Z', at: ['2026-11-01T05:00Z', '2026-11-01T06:00Z', '2026-11-01T07:00Z'] },
    { what: 'are put back: every half hour goes on', schedule: '*/30 * * * *', zone: 'Europe/Berlin', from: '2026-10-24T23:45:00Z', at: ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z'] },
    { what: 'are put back at midnight', schedule: '30 0 * * *', zone: 'America/Havana', from: '2026-10-31T12:00:00Z', at: ['2026-11-01T04:30Z', '2026-11-02T05:30Z'] },
    { what: 'are put forward at midnight', schedule: '0 0 * * *', zone: 'Asia/Beirut', from: '2026-03-28T12:00:00Z', at: ['2026-03-28T22:00Z', '2026-03-29T21:00Z'] },
    { what: 'of Lord Howe move by half an hour', schedule: '15 2 * * *', zone: 'Australia/Lord_Howe', from: '2026-10-03T00:00:00Z', at: ['2026-10-03T15:30Z', '2026-10-04T15:15Z'] },
    { what: 'of Kathmandu are 5:45 ahead', schedule: '0 3 * * *', zone: 'Asia/Kathmandu', from: '2026-01-02T00:00:00Z', at: ['2026-01-02T21:15Z'] },
    { what: 'of Samoa left a day out', schedule: '0 12 * * *', zone: 'Pacific/Apia', from: '2011-12-29T12:00:00Z', at: ['2011-12-29T22:00Z', '2011-12-30T22:00Z', '2011-12-31T22:00Z'] },
    { what: 'of Tokyo never move', schedule: '30 2 * * *', zone: 'Asia/Tokyo', from: '2026-03-07T18:00:00Z', at: ['2026-03-08T17:30Z', '2026-03-09T17:30Z'] },
    { what: 'of UTC are the ones that are meant when nothing is said', schedule: '30 2 * * *', zone: '', from: '2026-03-08T00:00:00Z', at: ['2026-03-08T02:30Z', '2026-03-09T02:30Z'] },
  ])('$what: $schedule in $zone', ({ schedule, zone, from, at }) => {
    expect(following(slots(schedule, zone === '' ? undefined : zone), from, at.length)).toEqual(at);
  });
});

describe('refused, with what is wrong:', () => {
  test.each([
    { schedule: '* * * *', says: 'must be five fields' },
    { schedule: '0 0 * * * *', says: 'must be five fields' },
    { schedule: '60 * * * *', says: 'Invalid value for minute' },
    { schedule: '0 24 * * *', says: 'Invalid value for hour' },
    { schedule: '0 0 0 * *', says: 'Invalid value for day' },
    { schedule: '0 0 * 13 *', says: 'Invalid value for month' },
    { schedule: '0 0 L * *', says: 'must be five fields' },
    { schedule: '0 0 * * MON#2', says: 'must be five fields' },
    { schedule: '*/0 * * * *', says: 'cannot be read' },
    { schedule: '10-5 * * * *', says: 'cannot be read' },
    { schedule: '@reboot', says: 'is not known' },
    { schedule: 'every day', says: 'must be five fields' },
    { schedule: '', says: 'must be five fields' },
    { schedule: '0 0 * * *', zone: 'Mars/Olympus', says: 'timeZone Mars/Olympus is not known' },
    { schedule: '0 0 * * *', zone: '+02:00', says: 'timeZone +02:00 is not known' },
  ])('"$schedule" $zone', ({ schedule, zone, says }) => {
    expect(readSchedule(schedule, { timeZone: zone, seed: UID })).toEqual({ problem: expect.stringContaining(says) as string });
  });
});

describe('jitter', () => {
  test.each([
    { schedule: '@hourly-random', pattern: /^\d+ \* \* \* \* Etc\/UTC$/, within: 3_600_000 },
    { schedule: '@daily-random', pattern: /^\d+ \d+ \* \* \* Etc\/UTC$/, within: 86_400_000 },
    { schedule: '@weekly-random', pattern: /^\d+ \d+ \* \* [0-6] Etc\/UTC$/, within: 7 * 86_400_000 },
    { schedule: '@monthly-random', pattern: /^\d+ \d+ \d+ \* \* Etc\/UTC$/, within: 31 * 86_400_000 },
  ])('of $schedule is a time of its own that never moves', ({ schedule, pattern, within }) => {
    expect(slots(schedule).text).toMatch(pattern);
    expect(slots(schedule).text).toBe(slots(schedule).text);
    const from = Date.parse('2026-01-02T00:00:00Z');
    expect((slots(schedule).next(from) ?? 0) - from).toBeLessThanOrEqual(within);
  });

  test('of a hundred schedules is spread over the hour and the day', () => {
    const texts = Array.from({ length: 100 }, (_, index) => slots('@daily-random', undefined, `uid-${index}`).text);
    expect(new Set(texts).size).toBeGreaterThan(90);
    expect(new Set(texts.map((text) => text.split(' ')[1])).size).toBeGreaterThan(18);
  });
});

test('the last slot and the next one never leave one out between them, in any zone and at any time', () => {
  const schedule = fc.constantFrom('*/10 * * * *', '30 2 * * *', '0 * * * *', '15 1,2 * * *', '0 0 * * 0', '45 0 1 * *', '0 0 13 * 5');
  const zone = fc.constantFrom('Etc/UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana', 'Asia/Kathmandu');
  fc.assert(
    fc.property(schedule, zone, fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2030-01-01') }), (text, timeZone, at) => {
      const of = slots(text, timeZone);
      const last = of.last(at) ?? Number.NaN;
      const next = of.next(at) ?? Number.NaN;
      expect(last).toBeLessThanOrEqual(at);
      expect(next).toBeGreaterThan(at);
      expect(iso(of.next(last))).toBe(iso(next));
      expect(iso(of.last(next))).toBe(iso(next));
    }),
    { numRuns: 300 },
  );
});
