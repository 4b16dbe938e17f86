// The operator, broken on purpose in ways that are easily written by accident. The model has to notice each.
import type { ObjectKey, ObjectMeta } from '@postgres-operator/api';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Kube, Writable } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { RESOURCES, type Read, type ResourceType } from '../../src/kube/resources.ts';
import type { Caches } from '../../src/reconcile/caches.ts';
import { isDeleting, isEndedPod } from './objects.ts';
import type { Breakage } from './operator-process.ts';

/** A client in which some calls are made another way. The methods of a model's client need no `this`. */
const otherwise =
  (change: (kube: Kube) => Partial<Kube>) =>
  (kube: Kube): Kube => ({ ...kube, ...change(kube) });

const is = (resource: ResourceType<unknown>, other: ResourceType<unknown>): boolean => resource.plural === other.plural;
const notFound = (): Promise<never> => Promise.reject(new KubeError({ code: 404, reason: 'NotFound', message: 'not found' }));
const withMetadata = (object: Writable, metadata: Partial<ObjectMeta>): Writable => ({ ...object, metadata: { ...object.metadata, ...metadata } });
const runs = (caches: Caches): { get: (key: string) => unknown }[] => [caches.backups, caches.restores];

let random = 0;
let memory: Caches | undefined;

function remembered<T>(resource: ResourceType<T>, { namespace, name }: ObjectKey): Promise<T> | undefined {
  const store = is(resource, RESOURCES.backups) ? memory?.backups : is(resource, RESOURCES.restores) ? memory?.restores : undefined;
  const found = store?.get(`${namespace}/${name}`);
  return found === undefined ? undefined : Promise.resolve(found as object as T);
}

export const BREAKAGES: readonly (Breakage & { readonly law: RegExp })[] = [
  {
    // Either alone is harmless: a second create is refused, or the first Job is found.
    name: 'the name of a Job ends in something random, and it is looked for in the cache only',
    law: /two live Jobs for one object|a Job that is not of attempt 1/,
    kube: otherwise((kube) => ({
      list: (resource, selection, signal) => (is(resource, RESOURCES.jobs) ? Promise.resolve({ items: [], resourceVersion: '' }) : kube.list(resource, selection, signal)),
      create: (resource, object, signal) => kube.create(resource, is(resource, RESOURCES.jobs) ? withMetadata(object, { name: `${object.metadata.name}-${(random += 1)}` }) : object, signal),
    })),
  },
  {
    name: 'a status is written without the version that was observed',
    law: /terminal result changed/,
    kube: otherwise((kube) => ({
      apply: (resource, object, options, signal) => {
        const { name, namespace, uid } = object.metadata as ObjectMeta;
        return kube.apply(resource, options.subresource === 'status' ? { ...object, metadata: { name, namespace, ...{ uid } } } : object, options, signal);
      },
    })),
  },
  {
    name: 'a run that has ended is looked at like any other',
    law: /terminal result changed/,
    caches: (caches: Caches): void => {
      for (const store of runs(caches)) {
        const { get } = store;
        store.get = (key) => {
          const run = get.call(store, key);
          return hasEnded(run) ? { ...run, status: { ...run.status, phase: 'InProgress' } } : run;
        };
      }
    },
  },
  {
    name: 'a Job that is not in the cache is lost',
    law: /JobLost, but the Job is there/,
    kube: otherwise((kube) => ({ get: (resource, key, signal) => (is(resource, RESOURCES.jobs) ? notFound() : kube.get(resource, key, signal)) })),
  },
  {
    name: 'a pod that is not in the cache is lost',
    law: /ailed.*, but (its|the) pod|another attempt after a success|a pod of another one still works/,
    kube: otherwise((kube) => ({
      list: (resource, selection, signal) =>
        is(resource, RESOURCES.pods) && selection.labelSelector?.startsWith('batch.kubernetes.io/') ? Promise.resolve({ items: [], resourceVersion: '' }) : kube.list(resource, selection, signal),
    })),
  },
  {
    name: 'who else is at work is not asked before a start',
    law: /two Jobs at work|pod of another one|two live Jobs/,
    kube: otherwise((kube) => ({
      list: (resource, selection, signal) => (selection.labelSelector?.startsWith('batch.kubernetes.io/') ? kube.list(resource, selection, signal) : Promise.resolve({ items: [], resourceVersion: '' })),
    })),
  },
  {
    name: 'a pod that is being stopped is taken for gone, and the next attempt need not wait for it',
    law: /an attempt failed, but its pod is at work|Failed .*, but the pod is at work|a pod of another one still works/,
    kube: otherwise((kube) => ({
      list: async (resource, selection, signal) => {
        const { items, ...rest } = await kube.list(resource, selection, signal);
        return { ...rest, items: is(resource, RESOURCES.pods) ? items.filter((pod) => !isStopping(pod)) : items };
      },
    })),
    caches: ({ pods }: Caches): void => {
      const { by } = pods;
      pods.by = (index, value) => by.call(pods, index, value).filter((pod) => !isStopping(pod));
    },
  },
  {
    name: 'the number of the attempt is remembered in the process',
    law: /attempt|quiet|still writing/,
    caches: (caches: Caches): void => without(caches, 'attempt'),
  },
  {
    name: 'a start goes by what the cache remembers of the run',
    law: /a Job that is not of attempt|a second Job of one attempt|a Job of a run that has ended/,
    kube: otherwise((kube) => ({ get: (resource, key, signal) => remembered(resource, key) ?? kube.get(resource, key, signal) })),
    caches: (caches: Caches): void => {
      memory = caches;
    },
  },
  {
    name: 'the next attempt starts at once',
    law: /an attempt starts before its time/,
    caches: (caches: Caches): void => without(caches, 'nextAttemptTime'),
  },
  {
    name: 'the status names a Job before the Job is there',
    law: /jobUID is not of a Job|quiet, but/,
    kube: otherwise((kube) => ({
      create: <T>(resource: ResourceType<T>, object: Writable, signal: AbortSignal) =>
        is(resource, RESOURCES.jobs) ? Promise.resolve(withMetadata(object, { uid: 'assumed', resourceVersion: '1000000', creationTimestamp: '2026-01-02T03:00:00Z' }) as object as T) : kube.create(resource, object, signal),
    })),
  },
  {
    name: 'a child is applied without a look at whose it is',
    law: /somebody else was changed/,
    kube: otherwise((kube) => ({
      get: async (resource, key, signal) => {
        const found = await kube.get(resource, key, signal);
        if ([RESOURCES.databases, RESOURCES.backups, RESOURCES.restores].some((own) => is(resource, own))) return found;
        return isControlled(found) ? found : notFound();
      },
      apply: (resource, object, options, signal) => kube.apply(resource, object, { ...options, force: true }, signal),
    })),
  },
  {
    name: 'a deleted Database goes by what the cache remembers of its children',
    law: /went before/,
    kube: otherwise((kube) => ({ get: (resource, key, signal) => (is(resource, RESOURCES.statefulSets) ? notFound() : kube.get(resource, key, signal)) })),
  },
  {
    name: 'nobody is woken by Jobs',
    law: /quiet, but/,
    caches: (caches: Caches): void => {
      caches.jobs.onChange = () => undefined;
      caches.pods.onChange = () => undefined;
    },
  },
];

const isStopping = (object: unknown): boolean => {
  const pod = object as Read<Pod>;
  return isDeleting(pod) && !isEndedPod(pod);
};

/** Runs come out of the caches without a field of their status. */
function without(caches: Caches, field: string): void {
  for (const store of runs(caches)) {
    const { get } = store;
    store.get = (key) => {
      const run = get.call(store, key) as { readonly status?: object } | undefined;
      return run?.status === undefined || hasEnded(run) ? run : { ...run, status: Object.fromEntries(Object.entries(run.status).filter(([name]) => name !== field)) };
    };
  }
}

const isControlled = (object: unknown): boolean => (object as { readonly metadata: ObjectMeta }).metadata.ownerReferences !== undefined;

function hasEnded(run: unknown): run is { readonly status: { readonly phase: string } } {
  const { status } = (run ?? {}) as { readonly status?: { readonly phase?: string } };
  return status?.phase === 'Completed' || status?.phase === 'Failed';
}
