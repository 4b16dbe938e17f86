import { expect, test } from 'vitest';
import { aWorld } from '../../test/database-world.ts';
import { FakeKube } from '../../test/fake-kube.ts';
import { aDatabase, READY } from '../../test/fixtures.ts';
import { KubeError } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import { secretAsker } from './ask-for-secrets.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-01-02T04:00:00Z');
const SECRETS = ['exists secrets orders-credentials', 'exists secrets orders-internal'];
const { signal } = new AbortController();
const ready = aWorld({ database: aDatabase({ status: READY }) });

/** An API server that has some of the Secrets. */
function serverWith(...names: string[]): FakeKube {
  const kube = new FakeKube();
  for (const name of names) kube.put(RESOURCES.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' } });
  return kube;
}

test('the Secrets of a Database that is Ready are asked for every five minutes, not more often', async () => {
  const kube = serverWith('orders-credentials', 'orders-internal');
  const ask = secretAsker(kube);
  for (const minute of [0, 1, 4.9, 5, 6, 9, 10]) expect((await ask(ready, { now: START + minute * MINUTE, signal })).lacksSecret).toBe(false);
  expect(kube.calls).toEqual([...SECRETS, ...SECRETS]);
});

test('one that is missing is noticed', async () => {
  const ask = secretAsker(serverWith('orders-credentials'));
  await ask(ready, { now: START, signal });
  expect((await ask(ready, { now: START + 5 * MINUTE, signal })).lacksSecret).toBe(true);
});

test('a quota against Secrets says nothing about these', async () => {
  const kube = serverWith();
  for (const call of SECRETS) kube.fail(call, new KubeError({ code: 403, reason: 'Forbidden', message: 'exceeded quota' }));
  const ask = secretAsker(kube);
  await ask(ready, { now: START, signal });
  expect((await ask(ready, { now: START + 5 * MINUTE, signal })).lacksSecret).toBe(false);
});

test('a Database that is not Ready is not asked about: its pods tell', async () => {
  const kube = serverWith();
  const ask = secretAsker(kube);
  const starting = aWorld({ database: aDatabase({ status: { phase: 'Deploying' } }) });
  for (const minute of [0, 5, 10]) await ask(starting, { now: START + minute * MINUTE, signal });
  expect(kube.calls).toEqual([]);
});

test('those of a young ConfigMap are asked for every ten seconds: they may go with the one before it', async () => {
  const kube = serverWith('orders-credentials', 'orders-internal');
  const ask = secretAsker(kube);
  const created = Date.parse('2026-01-02T03:04:00Z');
  const { config } = ready;
  const young = { ...ready, config: config && { ...config, metadata: { ...config.metadata, creationTimestamp: '2026-01-02T03:04:00Z' } } };
  for (const second of [1, 5, 11, 15, 21, 70]) await ask(young, { now: created + second * 1000, signal });
  expect(kube.calls).toEqual([...SECRETS, ...SECRETS]);
});

test('one that is being deleted is forgotten, and counts from the start if it is seen again', async () => {
  const kube = serverWith('orders-credentials', 'orders-internal');
  const ask = secretAsker(kube);
  const deleted = aWorld({ database: aDatabase({ status: READY, metadata: { deletionTimestamp: '2026-01-02T04:00:00Z' } }) });
  for (const [minute, world] of [[0, ready], [4, deleted], [6, ready], [10, ready]] as const) await ask(world, { now: START + minute * MINUTE, signal });
  expect(kube.calls).toEqual([]);
});
