import { describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

const setup = (): { clock: FakeClock; queue: WorkQueue } => {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue(clock) };
};

/** Takes all that is ready, without being done with any of it. */
async function takeAll(queue: WorkQueue): Promise<(string | undefined)[]> {
  const keys = [];
  while (queue.depth > 0) keys.push(await queue.get());
  return keys;
}

describe('handing out', () => {
  test('a key that is added many times is handed out once', async () => {
    const { queue } = setup();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(await takeAll(queue)).toEqual(['a', 'b']);
  });

  test('a key that is added while a worker has it is not handed out to another worker', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.get();
    queue.add('a');
    expect(queue.depth).toBe(0);
  });

  test('a key that was added while a worker had it is handed out once more when that worker is done', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a']);
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('workers that wait get keys in the order in which they asked', async () => {
    const { queue } = setup();
    const asked = Promise.all([queue.get(), queue.get()]);
    queue.add('a');
    queue.add('b');
    expect(await asked).toEqual(['a', 'b']);
  });
});

describe('urgency', () => {
  test('urgent keys are handed out before those that are not, each in the order in which they came', async () => {
    const { queue } = setup();
    queue.add('a');
    queue.add('b', true);
    queue.add('c');
    queue.add('d', true);
    expect(await takeAll(queue)).toEqual(['b', 'd', 'a', 'c']);
  });

  test('a key that waits moves ahead when it becomes urgent, and is handed out once', async () => {
    const { queue } = setup();
    for (const key of ['a', 'b']) queue.add(key);
    queue.add('b', true);
    queue.add('b');
    expect(queue.depth).toBe(2);
    expect(await takeAll(queue)).toEqual(['b', 'a']);
  });

  test('a key that became urgent while a worker had it goes ahead when that worker is done', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.get();
    queue.add('b');
    queue.add('a', true);
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a', 'b']);
  });
});

describe('addAfter', () => {
  test('a key comes when its time has come, and not before', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 1000);
    await clock.advance(999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
  });

  test.each([
    { times: [5000, 1000, 3000], comes: 1000 },
    { times: [1000, 5000], comes: 1000 },
    { times: [5000, 1000], comes: 1000 },
  ])('of $times ms, the earliest wins, and the key comes once', async ({ times, comes }) => {
    const { clock, queue } = setup();
    for (const ms of times) queue.addAfter('a', ms);
    expect(clock.pending).toEqual([comes]);
    await clock.advance(10_000);
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test.each([0, -5])('a delay of %d ms is no delay', (ms) => {
    const { queue } = setup();
    queue.addAfter('a', ms);
    expect(queue.depth).toBe(1);
  });
});

describe('back-off', () => {
  const delaysOf = async ({ clock, queue }: ReturnType<typeof setup>, failures: number): Promise<number[]> => {
    const delays = [];
    for (let failure = 0; failure < failures; failure += 1) {
      queue.addRateLimited('a');
      const delay = clock.pending[0] ?? 0;
      delays.push(delay);
      await clock.advance(delay);
      queue.done((await queue.get()) ?? '');
    }
    return delays;
  };

  test('a failing key comes back after 5 ms, then after twice as long each time', async () => {
    expect(await delaysOf(setup(), 6)).toEqual([5, 10, 20, 40, 80, 160]);
  });

  test('the delay stays at 16 minutes, however often a key fails', async () => {
    const delays = await delaysOf(setup(), 1100);
    expect(Math.max(...delays)).toBe(16 * 60_000);
    expect(delays.at(-1)).toBe(16 * 60_000);
  });

  test('forget starts the back-off of a key from its beginning, and of that key only', async () => {
    const parts = setup();
    await delaysOf(parts, 3);
    parts.queue.addRateLimited('b');
    await parts.clock.advance(5);
    parts.queue.forget('a');
    expect(await delaysOf(parts, 1)).toEqual([5]);
    parts.queue.addRateLimited('b');
    expect(parts.clock.pending).toEqual([10]);
  });
});

describe('close', () => {
  test('workers that wait are told that nothing comes any more', async () => {
    const { queue } = setup();
    const waiting = queue.get();
    queue.close();
    expect(await waiting).toBeUndefined();
    expect(await queue.get()).toBeUndefined();
  });

  test('keys that wait are dropped and timers are cancelled', async () => {
    const { clock, queue } = setup();
    queue.add('a');
    queue.addAfter('b', 10);
    queue.close();
    expect(clock.pending).toEqual([]);
    expect(await queue.get()).toBeUndefined();
  });

  test('nothing is taken any more, whether now, later or after a failure', async () => {
    const { clock, queue } = setup();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.close();
    queue.add('b');
    queue.addAfter('b', 10);
    queue.addRateLimited('b');
    queue.done('a');
    await settle();
    expect([queue.depth, clock.pending]).toEqual([0, []]);
  });
});
