import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeClock, settle } from '../../test/fake-clock.ts';
import type { KubeObject } from './object.ts';
import { ExpiredError, Reflector, type ListWatch, type WatchEvent } from './reflector.ts';
import { Store } from './store.ts';

const aThing = (name: string, version: number): KubeObject => ({ metadata: { namespace: 'ns', name, uid: name, resourceVersion: String(version) } });
const added = (name: string, version: number): WatchEvent<KubeObject> => ({ type: 'ADDED', object: aThing(name, version) });
const bookmark = (version: number): WatchEvent<KubeObject> => ({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } });

/** One step of a watch: an event, an error that breaks it, or a silence. */
type Step = WatchEvent<KubeObject> | Error | { readonly silence: number } | 'hang';
type Listed = { readonly items: readonly KubeObject[]; readonly resourceVersion: string };

const listed = (resourceVersion: number, ...items: KubeObject[]): Listed => ({ items, resourceVersion: String(resourceVersion) });

interface Script {
  readonly lists: (Listed | Error)[];
  readonly watches: Step[][];
}

/** Plays a script; when it is used up, watches hang. */
class Scripted implements ListWatch<KubeObject> {
  readonly asked: string[] = [];
  readonly #script: Script;
  readonly #clock: FakeClock;

  constructor(script: Script, clock: FakeClock) {
    this.#script = script;
    this.#clock = clock;
  }

  list(): Promise<Listed> {
    this.asked.push('list');
    const answer = this.#script.lists.shift() ?? new Error('no more lists');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  async *watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
    this.asked.push(`watch ${resourceVersion}`);
    for (const step of this.#script.watches.shift() ?? (['hang'] as const)) {
      if (step instanceof Error) throw step;
      if (step === 'hang') await this.#wait(Number.POSITIVE_INFINITY, signal);
      else if ('silence' in step) await this.#wait(step.silence, signal);
      else yield step;
    }
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (Number.isFinite(ms)) this.#clock.after(ms, resolve);
      signal.addEventListener('abort', () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')), { once: true });
    });
  }
}

const running: AbortController[] = [];

async function start(script: Partial<Script>): Promise<{ source: Scripted; store: Store<KubeObject>; clock: FakeClock; ends: string[]; reflector: Reflector<KubeObject>; stop: AbortController; ended: Promise<void> }> {
  const clock = new FakeClock();
  const source = new Scripted({ lists: [listed(10)], watches: [], ...script }, clock);
  const store = new Store<KubeObject>();
  const ends: string[] = [];
  const stop = new AbortController();
  running.push(stop);
  const reflector = new Reflector({ name: 'things', source, store, clock, onWatchEnd: (_name, end) => ends.push(end) });
  const ended = reflector.run(stop.signal);
  await settle();
  return { source, store, clock, ends, reflector, stop, ended };
}

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(1));
afterEach(() => {
  vi.restoreAllMocks();
  for (const stop of running.splice(0)) stop.abort();
});

test('it is synced when the first list is in the store', async () => {
  const { store, reflector } = await start({ lists: [listed(10, aThing('a', 5))] });
  await reflector.synced;
  expect(store.get('ns/a')).toEqual(aThing('a', 5));
});

test('events change the store', async () => {
  const { store } = await start({
    lists: [listed(10, aThing('a', 5), aThing('b', 6))],
    watches: [[added('c', 11), { type: 'MODIFIED', object: aThing('a', 12) }, { type: 'DELETED', object: aThing('b', 13) }, 'hang']],
  });
  expect(store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)).toEqual(['a@12', 'c@11']);
});

describe('it resumes', () => {
  test('after the server ended the watch, from the last event', async () => {
    const { source, ends, clock } = await start({ watches: [[added('a', 11), { silence: 27_000 }]] });
    await clock.advance(27_000);
    expect(source.asked).toEqual(['list', 'watch 10', 'watch 11']);
    expect(ends).toEqual(['server_timeout']);
  });

  test('from the last bookmark, without a new list', async () => {
    const { source, clock } = await start({ watches: [[added('a', 11), bookmark(42), new Error('connection reset')]] });
    await clock.advance(200);
    expect(source.asked).toEqual(['list', 'watch 10', 'watch 42']);
  });

  test('at once when nothing was heard for 33 seconds: the connection is dead, not the server', async () => {
    const { source, ends, clock } = await start({ watches: [[added('a', 11), 'hang']] });
    await clock.advance(32_999);
    expect(source.asked).toHaveLength(2);
    await clock.advance(1);
    expect(source.asked).toEqual(['list', 'watch 10', 'watch 11']);
    expect(ends).toEqual(['idle']);
  });

  test('never because of silence while bookmarks come', async () => {
    const { ends, clock } = await start({ watches: [[{ silence: 20_000 }, bookmark(11), { silence: 20_000 }, bookmark(12), { silence: 20_000 }]] });
    await clock.advance(55_000);
    expect(ends).toEqual([]);
  });

  test('after a pause when the server ends watches as soon as they begin', async () => {
    const { source, clock } = await start({ watches: [[], [], []] });
    expect(source.asked).toEqual(['list', 'watch 10']);
    await clock.advance(200);
    expect(source.asked).toEqual(['list', 'watch 10', 'watch 10']);
  });
});

describe('it lists again', () => {
  test('when the resource version is too old for the watch', async () => {
    const { source, store, ends, clock } = await start({
      lists: [listed(10, aThing('a', 5)), listed(90, aThing('b', 80))],
      watches: [[new ExpiredError('too old')]],
    });
    await clock.advance(200);
    expect(source.asked).toEqual(['list', 'watch 10', 'list', 'watch 90']);
    expect(store.list()).toEqual([aThing('b', 80)]);
    expect(ends).toEqual(['expired']);
  });

  test('and again, when a page of the list was too old', async () => {
    const { source, clock } = await start({ lists: [new ExpiredError('too old'), listed(20)] });
    await clock.advance(200);
    expect(source.asked).toEqual(['list', 'list', 'watch 20']);
  });
});

describe('it never gives up', () => {
  test('on a server that refuses every list: pauses double from 200 ms to 10 s', async () => {
    const lists = Array.from({ length: 9 }, () => new Error('HTTP 500'));
    const { clock } = await start({ lists });
    const pauses = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const pause = clock.pending[0] ?? 0;
      pauses.push(pause);
      await clock.advance(pause);
    }
    expect(pauses).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  test('and is synced when the server is well again', async () => {
    const { clock, store, reflector } = await start({ lists: [new Error('HTTP 500'), new Error('HTTP 500'), listed(10, aThing('a', 5))] });
    await clock.advance(600);
    await reflector.synced;
    expect(store.size).toBe(1);
  });

  test('and starts from the shortest pause after anything was heard', async () => {
    const { clock } = await start({ watches: [[new Error('1')], [new Error('2')], [added('a', 11), new Error('3')]] });
    await clock.advance(200);
    await clock.advance(400);
    expect(clock.pending).toEqual([200]);
  });
});

describe('when the signal aborts', () => {
  test.each([
    { where: 'in a watch', script: {} },
    { where: 'in a pause', script: { lists: [new Error('HTTP 500')] } },
  ])('$where, it ends without a report and leaves no timer', async ({ script }) => {
    const { stop, ended, ends, clock } = await start(script);
    const before = ends.length;
    stop.abort();
    await ended;
    expect([ends.length - before, clock.pending]).toEqual([0, []]);
  });
});

test('it knows how long nothing was heard', async () => {
  const { clock, reflector } = await start({ watches: [[{ silence: 30_000 }, bookmark(11), 'hang']] });
  await clock.advance(29_000);
  expect(reflector.silenceSeconds).toBe(29);
  await clock.advance(6000);
  expect(reflector.silenceSeconds).toBe(5);
});

test('to ask again and again is not to hear: watches that are refused leave it silent', async () => {
  const { clock, reflector } = await start({ watches: [[bookmark(11), new Error('forbidden')], ...Array.from({ length: 40 }, () => [new Error('forbidden')])] });
  await clock.advance(120_000);
  expect(reflector.silenceSeconds).toBe(120);
});

test('a watch that its time ends was heard to the end, although nothing happened', async () => {
  const { clock, reflector } = await start({ watches: [[{ silence: 27_000 }], [{ silence: 27_000 }]] });
  await clock.advance(60_000);
  expect(reflector.silenceSeconds).toBe(6);
});
