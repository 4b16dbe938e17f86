// Reflector and client together, over HTTP, with a server that behaves badly.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../../test/fake-clock.ts';
import { added, bookmark, gone, list, refuse, silence, startScripted, tell, tellAndBreak, tellAndEnd, type Answer, type ScriptedServer } from '../../test/scripted-server.ts';
import type { KubeObject } from '../runtime/object.ts';
import { Reflector } from '../runtime/reflector.ts';
import { Store } from '../runtime/store.ts';
import { KubeClient } from './client.ts';
import { RESOURCES } from './resources.ts';

interface Running {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly ends: string[];
  readonly calls: string[];
  readonly names: () => string[];
  /** Waits until the server was asked so often; the clock goes through any pause meanwhile. */
  asked(count: number): Promise<readonly string[]>;
}

const running: (() => Promise<void>)[] = [];

async function start(...script: readonly Answer[]): Promise<Running> {
  const server = await startScripted(script);
  const [clock, store, stop] = [new FakeClock(), new Store<KubeObject>(), new AbortController()];
  const [ends, calls]: [string[], string[]] = [[], []];
  const kube = new KubeClient(server.connection, { observe: (method, code) => void calls.push(`${method} ${code}`) });
  const labelSelector = undefined;
  const reflector = new Reflector<KubeObject>({
    name: 'things',
    clock,
    store,
    source: { list: (signal) => kube.list(RESOURCES.pods, { labelSelector }, signal), watch: (resourceVersion, signal) => kube.watch(RESOURCES.pods, { labelSelector, resourceVersion }, signal) },
    onWatchEnd: (_name, end) => ends.push(end),
  });
  const ended = reflector.run(stop.signal);
  running.push(async () => {
    stop.abort();
    await ended;
    await server.stop();
  });
  const asked = async (count: number): Promise<readonly string[]> =>
    vi.waitFor(async () => {
      // Pauses after failures are below 10 s, the idle timer is above: only the former pass here.
      if ((clock.pending[0] ?? Infinity) <= 10_000) await clock.advance(clock.pending[0] ?? 0);
      expect(server.asked.length).toBeGreaterThanOrEqual(count);
      return server.asked;
    }, { interval: 5, timeout: 60_000 });
  return { server, clock, ends, calls, asked, names: () => store.list().map(({ metadata }) => metadata.name).sort() };
}

/** Bytes that are reachable now. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

const holds = (one: Running, ...names: readonly string[]): Promise<void> => vi.waitFor(() => expect(one.names()).toEqual(names), { interval: 5, timeout: 60_000 });

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5));
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(running.splice(0).map((end) => end()));
});

test('a watch asks for bookmarks and for an end within half a minute', async () => {
  const one = await start(list(10), silence);
  await one.asked(2);
  expect(Object.fromEntries(one.server.query())).toEqual({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '10', timeoutSeconds: '27' });
});

describe('it goes on from where it was', () => {
  test.each<{ after: string; watch: Answer; from: string; end: string }>([
    { after: 'the server ended the watch', watch: tellAndEnd(added('b', 11)), from: '11', end: 'server_timeout' },
    { after: 'the connection broke', watch: tellAndBreak(added('b', 11), bookmark(15)), from: '15', end: 'error' },
    { after: 'an answer of HTTP 500', watch: refuse(500), from: '10', end: 'error' },
    { after: 'an answer of HTTP 429', watch: refuse(429, 'TooManyRequests'), from: '10', end: 'error' },
    { after: 'a line of garbage', watch: tellAndEnd(added('b', 11), '<html>bad gateway</html>\n'), from: '11', end: 'error' },
    { after: 'an error inside the watch that is not about its age', watch: tellAndEnd('{"type":"ERROR","object":{"code":500,"message":"etcd"}}\n'), from: '10', end: 'error' },
    { after: 'a line that was cut in two', watch: tellAndBreak(added('b', 11), added('c', 12).slice(0, 20)), from: '11', end: 'error' },
  ])('after $after', async ({ watch, from, end }) => {
    const one = await start(list(10, ['a']), watch, tell(added('z', 99)));
    expect(await one.asked(3)).toEqual(['list', 'watch 10', `watch ${from}`]);
    await holds(one, ...(from === '10' ? ['a', 'z'] : ['a', 'b', 'z']));
    expect(one.ends).toEqual([end]);
  });

  test.each<{ when: string; watch: Answer }>([
    { when: 'a connection that died without a word after some events', watch: tell(added('b', 11)) },
    { when: 'a connection on which nothing ever came', watch: silence },
  ])('after 33 s on $when', async ({ watch }) => {
    const one = await start(list(11, ['b']), watch, tell(added('z', 99)));
    await one.asked(2);
    await holds(one, 'b');
    await vi.waitFor(() => expect(one.clock.pending).toEqual([33_000]), { interval: 5, timeout: 60_000 });
    await one.clock.advance(33_000);
    expect(await one.asked(3)).toEqual(['list', 'watch 11', 'watch 11']);
    await holds(one, 'b', 'z');
    expect(one.ends).toEqual(['idle']);
  });
});

test('after its token had expired, with the one that there is by then', async () => {
  const one = await start(list(10, ['a']), refuse(401, 'Unauthorized'), tell(added('z', 99)));
  expect(await one.asked(3)).toEqual(['list', 'watch 10', 'watch 10']);
  await holds(one, 'a', 'z');
  expect(one.server.tokens).toEqual(['token 1', 'token 2', 'token 3']);
});

test('memory stays flat, however often it has to list again', async () => {
  const names = Array.from({ length: 500 }, (_, index) => `object-${index}`);
  const one = await start(...Array.from({ length: 220 }, () => [list(10, names), refuse(410, 'Expired')]).flat());
  await one.asked(80);
  const before = heapInUse();
  await one.asked(440);
  // What 180 lists of 500 objects leave behind. One of them, held, is 0.2 MB.
  expect(heapInUse() - before).toBeLessThan(4e6);
});

describe('it lists again', () => {
  test.each<{ after: string; watch: Answer }>([
    { after: 'HTTP 410', watch: refuse(410, 'Expired') },
    { after: 'an error of code 410 inside the watch', watch: tellAndEnd(gone) },
  ])('after $after, and forgets what is gone', async ({ watch }) => {
    const one = await start(list(10, ['a']), watch, list(90, ['b']), silence);
    expect(await one.asked(4)).toEqual(['list', 'watch 10', 'list', 'watch 90']);
    await holds(one, 'b');
    expect(one.ends).toEqual(['expired']);
  });

  test('from its first page, when a later page was too old', async () => {
    const one = await start(list(10, ['a'], 'token'), refuse(410, 'Expired'), list(90, ['b']), silence);
    expect(await one.asked(4)).toEqual(['list', 'list more', 'list', 'watch 90']);
    await holds(one, 'b');
  });

  test('until it gets one, however often it is refused', async () => {
    const one = await start(refuse(500), refuse(403, 'Forbidden'), (response) => void response.destroy(), refuse(503), list(10, ['a']), silence);
    expect(await one.asked(6)).toEqual([...Array<string>(5).fill('list'), 'watch 10']);
    expect(one.calls).toEqual(['GET 500', 'GET 403', 'GET 0', 'GET 503', 'GET 200']);
    await holds(one, 'a');
  });
});

test('a list that comes slowly is waited for, and the store is whole at once', async () => {
  let finish = (): void => undefined;
  const slow: Answer = (response) => {
    response.write('{"metadata":{"resourceVersion":"10"},"items":[');
    finish = () => void response.end('{"metadata":{"name":"a","namespace":"ns","uid":"a","resourceVersion":"5"}}]}');
  };
  const one = await start(slow, silence);
  await one.asked(1);
  expect(one.names()).toEqual([]);
  finish();
  await holds(one, 'a');
  expect(one.ends).toEqual([]);
});

test('events that come in pieces, or several at once, are read as they were sent', async () => {
  const text = added('b', 11) + added('ünïcode', 12) + added('d', 13);
  const bytes = Buffer.from(text);
  const pieces: Answer = (response) => {
    response.writeHead(200);
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
  };
  await holds(await start(list(10), pieces), 'b', 'd', 'ünïcode');
});
