import { describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/fake-clock.ts';
import { FakeLease } from '../../test/fake-lease.ts';
import { LeaderElector, LeadershipLostError } from './leader-election.ts';
import type { LeaseLock } from './leader-election.ts';

const WALL = Date.parse('2026-01-02T03:04:05Z');
const TIMINGS = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
const OTHER = { holder: 'other', durationSeconds: 15, acquiredAt: 0, renewedAt: 0, transitions: 1 };

interface Process {
  readonly elector: LeaderElector;
  readonly lock: LeaseLock & { reachable: boolean };
  readonly heard: string[];
  readonly stop: AbortController;
  /** What the work was told: undefined until it began. */
  working: AbortSignal | undefined;
  /** Ends the work, as workers that have drained do. */
  drain: (error?: Error) => void;
  /** How the run ended: undefined while it goes on. */
  result: unknown;
}

interface World {
  readonly lease: FakeLease;
  readonly clock: FakeClock;
  readonly wallTime?: () => number;
  readonly reachable?: boolean;
}

/** Starts a process that wants to lead. */
async function start(identity: string, { lease, clock, wallTime = () => WALL + clock.now(), reachable = true }: World): Promise<Process> {
  const heard: string[] = [];
  const lock = Object.assign(lease.lock(), { reachable });
  const observer = {
    waiting: (holder: string) => void heard.push(`waiting for ${holder}`),
    elected: ({ transitions }: { transitions: number }) => void heard.push(`elected ${transitions}`),
    lost: (error: unknown) => void heard.push(`lost: ${String(error)}`),
    released: () => void heard.push('released'),
    failed: (error: unknown, failures: number) => void heard.push(`failed ${failures}: ${String(error)}`),
  };
  const elector = new LeaderElector({ identity, timings: TIMINGS, lock, clock, wallTime, random: () => 0.5, observer });
  const self: Process = { elector, lock, heard, stop: new AbortController(), working: undefined, drain: () => undefined, result: undefined };
  const work = (signal: AbortSignal): Promise<void> => {
    self.working = signal;
    return new Promise((resolve, reject) => (self.drain = (error) => (error === undefined ? resolve() : reject(error))));
  };
  elector.run(self.stop.signal, work).then(
    () => (self.result = 'ended'),
    (error: unknown) => (self.result = error),
  );
  await settle();
  return self;
}

describe('an election', () => {
  test('without a lease is won at once', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('one', { lease, clock });
    expect([one.heard, one.elector.leading, one.working?.aborted]).toEqual([['elected 0'], true, false]);
    expect(lease.record).toEqual({ holder: 'one', durationSeconds: 15, acquiredAt: WALL, renewedAt: WALL, transitions: 0 });
  });

  test('of two has one winner, who renews with one request each time', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const [one, two] = [await start('one', { lease, clock }), await start('two', { lease, clock })];
    await clock.advance(60_000);
    expect([one.elector.leading, two.elector.leading, one.heard, two.heard]).toEqual([true, false, ['elected 0'], ['waiting for one']]);
    expect(two.working).toBeUndefined();
    expect(lease.requests.filter((request) => request === 'update')).toHaveLength(30);
  });

  test('goes on by the age of a stale record, within the lease and one retry', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock(1_000_000)];
    lease.write(OTHER);
    const one = await start('one', { lease, clock });
    await clock.advance(14_999);
    expect(one.elector.leading).toBe(false);
    await clock.advance(2001);
    expect([one.elector.leading, one.heard]).toEqual([true, ['waiting for other', 'elected 2']]);
  });

  test.each([
    ['far behind', -3_600_000],
    ['far ahead', 3_600_000],
  ])('is not decided by wall clocks: a holder whose clock is %s keeps its lease', async (_name, skew) => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('one', { lease, clock, wallTime: () => WALL + skew + clock.now() });
    const two = await start('two', { lease, clock });
    await clock.advance(60_000);
    expect([one.elector.leading, two.elector.leading]).toEqual([true, false]);
    one.lock.reachable = false;
    await clock.advance(20_000);
    expect([one.elector.leading, two.elector.leading]).toEqual([false, true]);
  });

  test('without an answer from the API server goes on when there is one', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    lease.write({ ...OTHER, holder: '' });
    const one = await start('one', { lease, clock, reachable: false });
    await clock.advance(13_000);
    expect(one.heard).toEqual(['failed 1: Error: no answer in time', 'failed 2: Error: no answer in time']);
    one.lock.reachable = true;
    await clock.advance(2000);
    expect(one.elector.leading).toBe(true);
  });

  test('is left without a word when the process is told to stop', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    lease.write(OTHER);
    const one = await start('one', { lease, clock });
    one.stop.abort();
    await settle();
    expect([one.result, one.working, lease.record, clock.pending]).toEqual(['ended', undefined, OTHER, []]);
  });
});

describe('a leader', () => {
  test('that is told to stop keeps the lease until its work has ended, then releases it', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const [one, two] = [await start('one', { lease, clock }), await start('two', { lease, clock })];
    one.stop.abort();
    await clock.advance(30_000);
    expect([one.working?.aborted, one.elector.leading, two.elector.leading, one.result]).toEqual([true, true, false, undefined]);
    one.drain();
    await settle();
    expect([one.result, one.heard, one.elector.leading, lease.record?.holder]).toEqual(['ended', ['elected 0', 'released'], false, '']);
    await clock.advance(2400);
    expect([two.elector.leading, two.heard.at(-1)]).toEqual([true, 'elected 1']);
  });

  test('whose work fails releases the lease and fails likewise', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('one', { lease, clock });
    const error = new Error('a bug');
    one.drain(error);
    await settle();
    expect([one.result, lease.record?.holder]).toEqual([error, '']);
  });

  test('that cannot renew stops before anybody else can lead, and ends', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const [one, two] = [await start('one', { lease, clock }), await start('two', { lease, clock })];
    await clock.advance(4000);
    one.lock.reachable = false;
    await clock.advance(9999);
    expect([one.elector.leading, two.elector.leading]).toEqual([true, false]);
    await clock.advance(1);
    expect([one.elector.leading, two.elector.leading, one.working?.aborted]).toEqual([false, false, true]);
    expect(one.result).toBeInstanceOf(LeadershipLostError);
    expect(one.heard.at(-1)).toBe('lost: LeadershipLostError: the lease could not be renewed for 10 s');
    await clock.advance(8000);
    expect(two.elector.leading).toBe(true);
  });

  test('survives a renewal that is never answered', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('one', { lease, clock });
    one.lock.reachable = false;
    await clock.advance(2000);
    one.lock.reachable = true;
    await clock.advance(60_000);
    expect([one.elector.leading, one.heard]).toEqual([true, ['elected 0', 'failed 1: Error: no answer in time']]);
  });

  test('that finds its lease with another one ends at once, and leaves it there', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('one', { lease, clock });
    lease.write(OTHER);
    await clock.advance(2000);
    expect([one.result, lease.record]).toEqual([new LeadershipLostError('the lease went to other'), OTHER]);
  });

  test('that slept past its lease knows it before it has asked anybody', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('one', { lease, clock });
    clock.skip(60_000);
    expect([one.elector.leading, one.result]).toEqual([false, undefined]);
    await clock.advance(0);
    expect(one.result).toBeInstanceOf(LeadershipLostError);
  });

  test('whose Lease somebody deleted makes it again', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('one', { lease, clock });
    lease.write(undefined);
    await clock.advance(2000);
    expect([one.elector.leading, lease.record?.holder, one.heard]).toEqual([true, 'one', ['elected 0']]);
  });

  test('that was killed and started again in the same pod goes on at once', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    await start('pod', { lease, clock });
    await clock.advance(5000);
    const again = await start('pod', { lease, clock });
    expect(again.heard).toEqual(['elected 1']);
  });

  test('gives way to another process of its own name', async () => {
    const [lease, clock] = [new FakeLease(), new FakeClock()];
    const one = await start('pod', { lease, clock });
    await clock.advance(1000);
    const two = await start('pod', { lease, clock });
    await clock.advance(2000);
    expect([one.result, two.elector.leading]).toEqual([new LeadershipLostError('the lease went to pod'), true]);
  });
});

test('timings that do not go together are refused', () => {
  const [lease, clock] = [new FakeLease(), new FakeClock()];
  const observer = { waiting: () => undefined, elected: () => undefined, lost: () => undefined, released: () => undefined, failed: () => undefined };
  const timings = { ...TIMINGS, renewDeadlineMs: 20_000 };
  expect(() => new LeaderElector({ identity: 'one', timings, lock: lease.lock(), clock, wallTime: () => WALL, observer })).toThrow('the lease must last longer than the renew deadline');
});
