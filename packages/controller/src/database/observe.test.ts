import type { EndpointSlice } from 'kubernetes-types/discovery/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { aWorld } from '../../test/database-world.ts';
import { aDatabase, aPod, live, RESOURCES } from '../../test/fixtures.ts';
import type { Read } from '../kube/resources.ts';
import { createCaches, type Caches } from '../reconcile/caches.ts';
import { childLabels } from './children/metadata.ts';
import { observeDatabase } from './observe.ts';

function cachesWith(made = aDatabase()): Caches {
  const caches = createCaches();
  const { config, statefulSet, service, headlessService } = aWorld({}, made);
  caches.databases.upsert(aDatabase());
  if (config !== undefined) caches.configMaps.upsert(config);
  if (statefulSet !== undefined) caches.statefulSets.upsert(statefulSet);
  for (const child of [service, headlessService]) if (child !== undefined) caches.services.upsert(child);
  return caches;
}

const slice = (service: string, endpoints: unknown): Read<EndpointSlice> =>
  live(RESOURCES.endpointSlices, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'slice', namespace: 'shop', ...{ labels: { ...childLabels('orders'), 'kubernetes.io/service-name': service } } } }, { endpoints });

test('a Database that is not there is not observed', () => {
  expect(observeDatabase(createCaches(), 'shop/orders')).toBeUndefined();
});

test('its children are found by name', () => {
  expect(observeDatabase(cachesWith(), 'shop/orders')).toMatchObject({ config: { kind: 'ConfigMap' }, statefulSet: { kind: 'StatefulSet' }, service: { kind: 'Service' }, headlessService: { kind: 'Service' } });
});

test('children of a Database that had its name before do not count', () => {
  const before = aDatabase({ metadata: { uid: 'before' } });
  expect(observeDatabase(cachesWith(before), 'shop/orders')).toMatchObject({ config: undefined, statefulSet: undefined, service: undefined, headlessService: undefined });
});

test('its pods are those with its label', () => {
  const caches = cachesWith();
  caches.pods.upsert(aPod());
  caches.pods.upsert(aPod({ metadata: { name: 'else', uid: 'else', labels: childLabels('other') } }));
  expect(observeDatabase(caches, 'shop/orders')?.pods.map(({ metadata }) => metadata.name)).toEqual([aPod().metadata.name]);
});

describe('it is reachable', () => {
  test.each([
    { why: 'when its Service routes to a ready server', service: 'orders', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }], reachable: true },
    { why: 'but not when that server is not ready', service: 'orders', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }], reachable: false },
    { why: 'but not when only the headless Service knows it', service: 'orders-headless', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }], reachable: false },
    { why: 'but not when there are no endpoints, which a slice says as null', service: 'orders', endpoints: null, reachable: false },
  ])('$why', ({ service, endpoints, reachable }) => {
    const caches = cachesWith();
    caches.endpointSlices.upsert(slice(service, endpoints));
    expect(observeDatabase(caches, 'shop/orders')?.reachable).toBe(reachable);
  });
});
