import type { Database, DatabaseStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { FakeKube } from '../../test/fake-kube.ts';
import { aDatabase } from '../../test/fixtures.ts';
import type { EventInput } from '../kube/events.ts';
import { KubeError } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createCaches } from './caches.ts';
import type { Notice } from './plan.ts';
import { report } from './report.ts';

const condition = { type: 'Ready', status: 'False', reason: 'Deploying', message: 'Waiting', lastTransitionTime: '2026-01-02T03:04:05Z', observedGeneration: 1 } as const;
const before: DatabaseStatus = { phase: 'Configuring', ready: false, conditions: [condition] };

async function reported(status: DatabaseStatus | undefined, { prepare = () => undefined, notice }: { prepare?: (kube: FakeKube) => void; notice?: Notice } = {}): Promise<{ kube: FakeKube; events: EventInput[]; lines: Record<string, unknown>[]; cached: Database | undefined; error: unknown }> {
  const kube = new FakeKube();
  kube.put(RESOURCES.databases, aDatabase());
  const stored = kube.find(RESOURCES.databases, aDatabase().metadata);
  const object = aDatabase({ metadata: { resourceVersion: stored?.metadata.resourceVersion ?? '' }, status: before });
  prepare(kube);
  const caches = createCaches();
  const [events, lines]: [EventInput[], Record<string, unknown>[]] = [[], []];
  const log = createLogger('info', (line) => void lines.push(JSON.parse(line) as Record<string, unknown>));
  const reporter = { kube, log, events: { record: (event: EventInput) => void events.push(event) }, resource: RESOURCES.databases, store: caches.databases, conditionType: 'Ready' };
  const error: unknown = await report(reporter, object, { ...(status && { status }), ...(notice && { notice }) }, new AbortController().signal).then(() => undefined, (reason: unknown) => reason);
  return { kube, events, lines, cached: caches.databases.get('shop/orders'), error };
}

describe('nothing is written', () => {
  test.each([
    { why: 'when the status is to stay', status: undefined },
    { why: 'when the status is the one that was observed', status: structuredClone(before) },
  ])('$why', async ({ status }) => {
    const { kube, events, lines } = await reported(status);
    expect([kube.calls, events, lines]).toEqual([[], [], []]);
  });
});

describe('a status that differs', () => {
  const after: DatabaseStatus = { ...before, phase: 'Deploying' };

  test('is applied to the status alone, with the version and UID that were observed', async () => {
    const { kube, cached } = await reported(after);
    expect(kube.calls).toEqual(['apply/status --force databases orders']);
    expect(kube.bodies).toEqual([{ apiVersion: 'database.example.com/v1', kind: 'Database', metadata: { name: 'orders', namespace: 'shop', uid: aDatabase().metadata.uid, resourceVersion: '1001' }, status: after }]);
    expect(cached?.status).toEqual(after);
  });

  test('of a new phase is told once, in the log and as an Event', async () => {
    const { events, lines } = await reported(after);
    expect(lines).toMatchObject([{ level: 'info', msg: 'Database Deploying', kind: 'Database', namespace: 'shop', name: 'orders', from: 'Configuring', to: 'Deploying', reason: 'Deploying' }]);
    expect(events).toMatchObject([{ type: 'Normal', reason: 'Deploying', note: 'Waiting', action: 'Deploying' }]);
  });

  test('of the same phase is written and not told', async () => {
    const { kube, events, lines } = await reported({ ...before, readyReplicas: 1 });
    expect([kube.calls.length, events, lines]).toEqual([1, [], []]);
  });

  test('of a failure is a warning', async () => {
    const { events, lines } = await reported({ ...after, phase: 'Failed' });
    expect([events[0]?.type, lines[0]?.['level']]).toEqual(['Warning', 'warn']);
  });

  test('with a notice is told as a warning, once, whether the phase is another or the same', async () => {
    const notice: Notice = { what: 'attempt failed', reason: 'WaitingForRetry', message: 'Attempt 1 of 4 failed' };
    for (const status of [after, { ...before, readyReplicas: 1 }]) {
      const { events, lines } = await reported(status, { notice });
      expect(lines).toMatchObject([{ level: 'warn', msg: 'Database attempt failed', kind: 'Database', namespace: 'shop', name: 'orders', reason: 'WaitingForRetry', message: 'Attempt 1 of 4 failed' }]);
      expect(events).toMatchObject([{ type: 'Warning', reason: 'WaitingForRetry', note: 'Attempt 1 of 4 failed' }]);
    }
  });

  test('that is the one observed tells no notice again', async () => {
    const { events, lines } = await reported(structuredClone(before), { notice: { what: 'attempt failed', reason: 'WaitingForRetry', message: '' } });
    expect([events, lines]).toEqual([[], []]);
  });

  test('that was decided on an old view is refused, and nothing is told', async () => {
    const { error, events, lines, cached } = await reported(after, { prepare: (kube) => kube.put(RESOURCES.databases, aDatabase()) });
    expect(error).toBeInstanceOf(KubeError);
    expect([events, lines, cached]).toEqual([[], [], undefined]);
  });
});
