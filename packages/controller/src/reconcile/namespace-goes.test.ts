import { expect, test } from 'vitest';
import { FakeClock } from '../../test/fake-clock.ts';
import { KubeError } from '../kube/errors.ts';
import { after, done, type Reconcile } from '../runtime/outcome.ts';
import { createLogger } from '../telemetry/logger.ts';
import { restingWhereNamespaceGoes } from './namespace-goes.ts';

const terminating = new KubeError({ code: 403, reason: 'Forbidden', message: 'shop-credentials is forbidden', causes: ['NamespaceTerminating'] });
const { signal } = new AbortController();

function setup(): { clock: FakeClock; told: unknown[]; resting: (reconcile: Reconcile) => Reconcile } {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const log = createLogger('info', (line) => {
    const { level, namespace } = JSON.parse(line) as Record<string, unknown>;
    told.push(`${String(level)} ${String(namespace)}`);
  });
  return { clock, told, resting: restingWhereNamespaceGoes({ clock, log }) };
}

test('what cannot be made because its namespace is being deleted is no failure, and is told once a namespace, whatever the kind', async () => {
  const { told, resting } = setup();
  const [databases, backups] = [resting(() => Promise.reject(terminating)), resting(() => Promise.reject(terminating))];
  for (const key of ['shop/orders', 'shop/orders', 'shop/users', 'dish/orders']) expect(await databases(key, signal)).toEqual(done());
  expect(await backups('shop/nightly', signal)).toEqual(done());
  expect(told).toEqual(['info shop', 'info dish']);
});

test('a namespace of that name that is deleted later is told of again', async () => {
  const { clock, told, resting } = setup();
  const reconcile = resting(() => Promise.reject(terminating));
  await reconcile('shop/orders', signal);
  await clock.advance(600_001);
  await reconcile('shop/orders', signal);
  expect(told).toEqual(['info shop', 'info shop']);
});

test('every other end is passed on', async () => {
  const { told, resting } = setup();
  const quota = new KubeError({ code: 403, reason: 'Forbidden', message: 'exceeded quota' });
  await expect(resting(() => Promise.reject(quota))('shop/orders', signal)).rejects.toBe(quota);
  expect(await resting(() => Promise.resolve(after(5)))('shop/orders', signal)).toEqual(after(5));
  expect(told).toEqual([]);
});
