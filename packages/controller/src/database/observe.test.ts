import { LABEL_RUN } from '@postgres-operator/api';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { aWorld } from '../../test/database-world.ts';
import { aDatabase, aJob, aPod, aRestore, live, RESOURCES } from '../../test/fixtures.ts';
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

describe('it is idle', () => {
  const run = { [LABEL_RUN]: 'restore', ...childLabels('orders') };
  test.each<{ why: string; there: (caches: Caches) => void; idle: boolean }>([
    { why: 'when nothing works on it', there: () => undefined, idle: true },
    { why: 'when a Restore has ended', there: ({ restores }) => restores.upsert(aRestore({ status: { phase: 'Failed' } })), idle: true },
    { why: 'but not when one waits', there: ({ restores }) => restores.upsert(aRestore()), idle: false },
    { why: 'but not while the Job of one that is gone works on', there: ({ jobs }) => jobs.upsert(aJob({ metadata: { labels: run, ownerReferences: [] } })), idle: false },
    { why: 'but not while the pod of such a Job is there', there: ({ pods }) => pods.upsert(aPod({ metadata: { labels: run } })), idle: false },
  ])('$why', ({ there, idle }) => {
    const caches = cachesWith();
    there(caches);
    expect(observeDatabase(caches, 'shop/orders')?.idle).toBe(idle);
  });
});

describe('it is reachable', () => {
  test.each<{ why: string; service: string; endpoints: object[] | null; reachable: boolean; routed: boolean }>([
    { why: 'when its Service routes to a ready server', service: 'orders', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true, serving: true, terminating: false } }], reachable: true, routed: true },
    { why: 'but not when that server is not ready, although the Service leads to it', service: 'orders', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true, serving: false } }], reachable: false, routed: true },
    { why: 'but not when that server is about to end', service: 'orders', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true, serving: true, terminating: true } }], reachable: false, routed: true },
    { why: 'but not when only the headless Service knows it', service: 'orders-headless', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true, serving: true } }], reachable: false, routed: false },
    { why: 'but not when there are no endpoints, which a slice says as null', service: 'orders', endpoints: null, reachable: false, routed: false },
  ])('$why', ({ service, endpoints, reachable, routed }) => {
    const caches = cachesWith();
    caches.endpointSlices.upsert(slice(service, endpoints));
    expect(observeDatabase(caches, 'shop/orders')).toMatchObject({ reachable, routed });
  });
});
