import { describe, expect, test } from 'vitest';
import { expiresIn, heldBy, judge, sighted, timingsViolation, type Candidate, type LeaseRecord, type Sighting, type Verdict } from './lease.ts';

const TIMINGS = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
const record = (fields: Partial<LeaseRecord> = {}): LeaseRecord => ({ holder: 'other', durationSeconds: 15, acquiredAt: 1000, renewedAt: 5000, transitions: 3, ...fields });
const seenAt = (since: number, fields: Partial<LeaseRecord> = {}): Sighting => ({ record: record(fields), since });
const me = { identity: 'me', acquiredAt: undefined };
const leader = { identity: 'me', acquiredAt: 1000 };

describe('timings', () => {
  test.each([
    ['of client-go are fine', {}, undefined],
    ['of less than a second are refused: a Lease counts in seconds', { leaseMs: 900 }, 'the lease must last a whole number of seconds'],
    ['of a lease with a fraction of a second are refused', { leaseMs: 15_500 }, 'the lease must last a whole number of seconds'],
    ['that let a leader go on until its lease ends are refused', { renewDeadlineMs: 15_000 }, 'the lease must last longer than the renew deadline'],
    ['that leave no time for a second attempt are refused', { retryMs: 8400 }, 'the renew deadline must be longer than 1.2 times the retry time'],
    ['without a pause between attempts are refused', { retryMs: 0 }, 'the renew deadline must be longer than 1.2 times the retry time'],
  ])('%s', (_name, change, expected) => {
    expect(timingsViolation({ ...TIMINGS, ...change })).toBe(expected);
  });
});

describe('the age of a record', () => {
  test('counts from when it was first seen, whatever times it carries', () => {
    expect(sighted(undefined, record({ renewedAt: -1e9 }), 70)).toEqual(seenAt(70, { renewedAt: -1e9 }));
  });

  test('goes on while it stays what it was', () => {
    expect(sighted(seenAt(70), record(), 90)).toEqual(seenAt(70));
  });

  test.each<[string, Partial<LeaseRecord>]>([
    ['is renewed', { renewedAt: 5001 }],
    ['goes to another holder', { holder: 'third' }],
    ['is acquired again', { acquiredAt: 1001 }],
    ['lasts longer', { durationSeconds: 30 }],
    ['counts another transition', { transitions: 4 }],
  ])('begins again when it %s', (_name, change) => {
    expect(sighted(seenAt(70), record(change), 90).since).toBe(90);
  });
});

describe('a lease', () => {
  test.each([
    ['that was just seen lasts its whole duration', seenAt(100), 100, 15_000],
    ['is honoured for the duration that its holder wrote', seenAt(100, { durationSeconds: 60 }), 100, 60_000],
    ['that did not change for that long has expired', seenAt(100), 15_100, 0],
    ['that was released has expired at once', seenAt(100, { holder: '' }), 100, 0],
  ])('%s', (_name, lease, now, expected) => {
    expect(expiresIn(lease, now)).toBe(expected);
  });
});

describe('a candidate', () => {
  test.each<[string, { candidate: Candidate; lease: Sighting | undefined; now: number }, Verdict]>([
    ['creates a lease that is not there', { candidate: me, lease: undefined, now: 100 }, 'create'],
    ['waits while another one holds it', { candidate: me, lease: seenAt(100), now: 15_099 }, 'wait'],
    ['takes it when it has expired', { candidate: me, lease: seenAt(100), now: 15_100 }, 'take'],
    ['takes it when it was released', { candidate: me, lease: seenAt(100, { holder: '' }), now: 100 }, 'take'],
    ['takes it at once when the process before it in the same pod held it', { candidate: me, lease: seenAt(100, { holder: 'me' }), now: 100 }, 'take'],
    ['that leads renews its own', { candidate: leader, lease: seenAt(100, { holder: 'me' }), now: 100 }, 'renew'],
    ['that leads renews its own however old it is, as long as nobody took it', { candidate: leader, lease: seenAt(100, { holder: 'me' }), now: 90_000 }, 'renew'],
    ['that leads makes a lease again that somebody deleted', { candidate: leader, lease: undefined, now: 100 }, 'create'],
    ['that leads has lost when another one holds it', { candidate: leader, lease: seenAt(100), now: 100 }, 'lost'],
    ['that leads has lost even when that one has expired meanwhile', { candidate: leader, lease: seenAt(100), now: 90_000 }, 'lost'],
    ['that leads has lost when somebody released it', { candidate: leader, lease: seenAt(100, { holder: '' }), now: 100 }, 'lost'],
    ['that leads has lost to another process of its name', { candidate: leader, lease: seenAt(100, { holder: 'me', acquiredAt: 2000 }), now: 100 }, 'lost'],
  ])('%s', (_name, { candidate, lease, now }, expected) => {
    expect(judge(candidate, lease, now)).toBe(expected);
  });
});

describe('the record of a holder', () => {
  test.each<[string, Candidate, LeaseRecord | undefined, Partial<LeaseRecord>]>([
    ['of a new lease counts no transition', me, undefined, { acquiredAt: 9000, transitions: 0 }],
    ['that took it counts one more', me, record(), { acquiredAt: 9000, transitions: 4 }],
    ['that renews it keeps when it was acquired', leader, record({ holder: 'me' }), { acquiredAt: 1000, transitions: 3 }],
  ])('%s', (_name, candidate, before, expected) => {
    expect(heldBy(candidate, before, TIMINGS, 9000)).toEqual({ holder: 'me', durationSeconds: 15, renewedAt: 9000, ...expected });
  });
});
