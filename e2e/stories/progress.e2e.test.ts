import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startFaultyStore, type FaultyStore } from '../harness/faulty-store.ts';
import { holdTable, type Held } from '../harness/hold.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { addNoise } from '../harness/noise.ts';
import { startObjectStore } from '../harness/object-store.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';

/** How often progress is written at most. */
const SECONDS_BETWEEN = 5;

/** Of each of two tables: 80 MB in five parts, two of which are under way at a time. */
const ROWS = 300_000;

type Versioned = KubeObject & { readonly metadata: { readonly resourceVersion: string } };

interface Progress {
  readonly percent: number;
  readonly bytes: number;
  readonly table?: string;
  readonly estimatedCompletionTime?: string;
  readonly observedAt: string;
}
const progressOf = (object: KubeObject): Progress | undefined => object.status?.['progress'] as Progress | undefined;
const secondsFrom = (from: unknown, to: unknown): number => (Date.parse(String(to)) - Date.parse(String(from))) / 1000;

const runningIn = (states: readonly KubeObject[]): Progress[] => states.filter((state) => state.status?.phase === 'InProgress').flatMap((state) => progressOf(state) ?? []);

/** Percent never falls, ends at 100, and each word of a running dump makes sense. */
function expectForward(states: readonly KubeObject[], plainBytes: number): void {
  const told = states.flatMap((state) => progressOf(state) ?? []);
  const percents = told.map(({ percent }) => percent);
  expect(percents).toEqual(percents.toSorted((one, other) => one - other));
  expect(told.at(-1)).toMatchObject({ percent: 100, bytes: plainBytes });
  const running = runningIn(states);
  for (const { percent, bytes, table = 'public.noise' } of running) expect([percent > 0 && percent < 100, bytes > 0, table]).toEqual([true, true, expect.stringMatching(/^public\.(noise|orders)$/)]);
  expect(running.some(({ observedAt, estimatedCompletionTime = observedAt }) => secondsFrom(observedAt, estimatedCompletionTime) > 0)).toBe(true);
}

/** Besides the steps that each Backup takes (its turn, its Job, its end) there is a write of the status every few seconds. */
function expectSeldom(states: readonly KubeObject[], seconds: number): void {
  const running = runningIn(states);
  expect(running.length).toBeGreaterThan(1);
  expect(states.length - 3).toBeLessThanOrEqual(seconds / SECONDS_BETWEEN);
  for (const [index, { observedAt }] of running.slice(1).entries()) expect(secondsFrom(running[index]?.observedAt, observedAt)).toBeGreaterThanOrEqual(SECONDS_BETWEEN);
}

describe('A Backup says how far it is', () => {
  const kubectl = storyNamespace('progress');
  let proxy: FaultyStore;
  let held: Held | undefined;

  /** The states that a Backup comes to within seconds after a resourceVersion, or has come to since: the API server replays them. */
  async function statesSince(name: string, resourceVersion: string): Promise<Versioned[]> {
    const query = new URLSearchParams({ watch: '1', fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds: '5' });
    const lines = await kubectl('get', '--raw', `/apis/database.example.com/v1/namespaces/${kubectl.namespace}/backups?${query.toString()}`);
    return lines.split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { object: Versioned }).object);
  }

  /** Every state of a Backup until it has ended. Watched all the time: of other objects' changes the API server replays only so many. */
  async function statesUntilEnd(name: string): Promise<KubeObject[]> {
    const states: Versioned[] = [];
    const deadline = Date.now() + 300_000;
    let { resourceVersion } = (await kubectl.get<Versioned>('backup', name))?.metadata ?? { resourceVersion: '' };
    while (states.at(-1)?.status?.phase !== 'Completed' && Date.now() < deadline) {
      states.push(...(await statesSince(name, resourceVersion)));
      ({ resourceVersion } = states.at(-1)?.metadata ?? { resourceVersion });
    }
    return states;
  }

  beforeAll(async () => {
    const ready = applyAndWait(kubectl, database('shop'), 'Ready');
    proxy = await startFaultyStore(kubectl, await startObjectStore(kubectl, { secret: 'keys', buckets: ['backups'] }), 'slow');
    await ready;
    for (const table of ['orders', 'noise']) await addNoise(kubectl, 'shop', table, ROWS);
  });
  afterEach(async () => {
    await held?.release();
    held = undefined;
  });

  it('while it runs, in percent, bytes, table and time, seldom enough and never backwards', async () => {
    await proxy.obey({ on: 'UploadPart', fault: { delayMs: 8000 } });
    await kubectl.apply(backup('slow', 'shop', { storageLocation: 's3://backups', credentialsRef: { name: 'slow' }, backoffLimit: 0 }));
    const watched = statesUntilEnd('slow');
    const { status: early } = await waitFor(kubectl, 'backup/slow', { what: 'progress', wanted: (seen) => progressOf(seen) !== undefined });
    expect(early?.phase).toBe('InProgress');
    const [head, row] = (await kubectl('get', 'backup', 'slow')).split('\n');
    expect([head, row]).toEqual([expect.stringMatching(/^NAME +PHASE +DATABASE +PROGRESS /), expect.stringMatching(/^slow +InProgress +shop +\d+ /)]);
    const { status } = await waitForPhase(kubectl, 'backup/slow', 'Completed');

    const states = await watched;
    expectForward(states, Number(status?.['plainBytes']));
    expectSeldom(states, secondsFrom(status?.['startedAt'], status?.['completedAt']));
    expect(status).toMatchObject({ rows: 2 * ROWS, bytesPerSecond: expect.any(Number) as number });
  });

  it.each([
    ['stalled', 'DumpStalled', { stallTimeoutSeconds: 10, lockTimeout: '10m' }, /no byte came from .* for 10 s: its session \d+ waits for Lock\/relation, held by session \d+ in: LOCK TABLE /],
    ['locked-out', 'LockTimeout', { lockTimeout: '2s' }, /orders/],
  ])('when it waits for a table that is locked, and ends, %s: %s', async (name, reason, spec, words) => {
    held = await holdTable(kubectl, 'shop', 'orders');
    const failed = await applyAndWait(kubectl, backup(name, 'shop', { backoffLimit: 0, ...spec }), 'Failed');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason, message: expect.stringMatching(words) as string });
    expect(failed.status).not.toHaveProperty('manifestSha256');
  });
});
