import { describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/fake-clock.ts';
import { runController, type ReconcileResult } from './controller.ts';
import { after, done, TerminalError, type Reconcile } from './outcome.ts';
import { WorkQueue } from './work-queue.ts';

interface Started {
  readonly clock: FakeClock;
  readonly queue: WorkQueue;
  readonly results: ReconcileResult[];
  readonly failures: unknown[];
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

async function start(reconcile: Reconcile, workers = 1): Promise<Started> {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  const [results, failures]: [ReconcileResult[], unknown[]] = [[], []];
  const stop = new AbortController();
  const observer = { reconciled: (_name: string, result: ReconcileResult) => void results.push(result), failed: (_name: string, _key: string, error: unknown) => void failures.push(error) };
  const ended = runController({ name: 'things', queue, reconcile, workers, clock, observer }, stop.signal);
  queue.add('ns/a');
  await settle();
  return { clock, queue, results, failures, stop, ended };
}

describe('a reconcile', () => {
  test('that is done is not called again', async () => {
    const { results, clock, stop } = await start(() => Promise.resolve(done()));
    expect([results, clock.pending]).toEqual([['success'], []]);
    stop.abort();
  });

  test('that asks to be called later is called then', async () => {
    const { results, clock, stop } = await start(() => Promise.resolve(after(30_000)));
    expect([results, clock.pending]).toEqual([['requeue'], [30_000]]);
    await clock.advance(30_000);
    expect(results).toEqual(['requeue', 'requeue']);
    stop.abort();
  });

  test('that fails is reported and tried again with back-off', async () => {
    const error = new Error('no answer');
    const { results, failures, clock, stop } = await start(() => Promise.reject(error));
    expect([results, failures, clock.pending]).toEqual([['error'], [error], [5]]);
    await clock.advance(5);
    expect([results.length, clock.pending]).toEqual([2, [10]]);
    stop.abort();
  });

  test('that cannot be mended is reported and left alone', async () => {
    const error = new TerminalError('hopeless');
    const { results, failures, clock, stop } = await start(() => Promise.reject(error));
    expect([results, failures, clock.pending]).toEqual([['terminal_error'], [error], []]);
    stop.abort();
  });

  test('that throws before it promises anything is an error like any other', async () => {
    const { results, stop } = await start(() => {
      throw new Error('at once');
    });
    expect(results).toEqual(['error']);
    stop.abort();
  });

  test('that succeeds ends the back-off', async () => {
    let attempt = 0;
    const { queue, clock, stop } = await start(() => {
      attempt += 1;
      return attempt === 3 ? Promise.resolve(done()) : Promise.reject(new Error('not yet'));
    });
    await clock.advance(15);
    queue.add('ns/a');
    await settle();
    expect([attempt, clock.pending]).toEqual([4, [5]]);
    stop.abort();
  });
});

test('as many keys are worked on at once as there are workers, and one key only once', async () => {
  const atWork: string[] = [];
  const release: (() => void)[] = [];
  const { queue, stop } = await start(async (key) => {
    atWork.push(key);
    await new Promise<void>((resolve) => release.push(resolve));
    return done();
  }, 2);
  for (const key of ['ns/a', 'ns/b', 'ns/c']) queue.add(key);
  await settle();
  expect(atWork).toEqual(['ns/a', 'ns/b']);
  release.shift()?.();
  await settle();
  expect(atWork).toEqual(['ns/a', 'ns/b', 'ns/c']);
  release.shift()?.();
  await settle();
  expect(atWork).toEqual(['ns/a', 'ns/b', 'ns/c', 'ns/a']);
  stop.abort();
  for (const end of release) end();
});

test('when the signal aborts, the controller ends after what is at work has ended', async () => {
  let finish = (): void => undefined;
  const { stop, ended, results } = await start(async () => {
    await new Promise<void>((resolve) => (finish = resolve));
    return done();
  });
  stop.abort();
  let over = false;
  void ended.then(() => (over = true));
  await settle();
  expect(over).toBe(false);
  finish();
  await ended;
  expect(results).toEqual(['success']);
});

test('a controller whose signal has aborted already ends at once', async () => {
  const clock = new FakeClock();
  const observer = { reconciled: () => undefined, failed: () => undefined };
  await expect(runController({ name: 'things', queue: new WorkQueue(clock), reconcile: () => Promise.resolve(done()), workers: 3, clock, observer }, AbortSignal.abort())).resolves.toBeUndefined();
});
