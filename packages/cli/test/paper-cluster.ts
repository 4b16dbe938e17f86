// A cluster on paper: its objects, and what its API server does instead of answering.
import type { ObjectMeta } from '@postgres-operator/api';
import { KubeError } from '@postgres-operator/controller/kube/errors';
import type { Writable } from '@postgres-operator/controller/kube/client';
import type { ResourceType } from '@postgres-operator/controller/kube/resources';
import type { ClusterClient, Pace } from '../src/command.ts';
import { NOW } from './objects.ts';

export interface PaperObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface PaperCluster {
  readonly kube: ClusterClient;
  /** All calls, such as `create backups/monday`. */
  readonly calls: string[];
  readonly written: Writable[];
  get(plural: string, name: string): PaperObject | undefined;
  put(plural: string, object: PaperObject): void;
  remove(plural: string, name: string): void;
}

export const lost = (): KubeError => new KubeError({ code: 0, reason: 'Unreachable', message: 'no answer from the API server' });
export const refused = (code: number, reason: string, message = reason): KubeError => new KubeError({ code, reason, message });

/** `answers` is asked before each call: an error takes the place of the answer, and with `arrives` the call has been done all the same. */
export function paperCluster(objects: Readonly<Record<string, readonly PaperObject[]>>, answers: (call: string, count: number) => { readonly error: Error; readonly arrives?: boolean } | undefined = () => undefined): PaperCluster {
  const stored = new Map<string, PaperObject>(Object.entries(objects).flatMap(([plural, list]) => list.map((object) => [`${plural}/${object.metadata.name}`, object] as const)));
  const calls: string[] = [];
  const written: Writable[] = [];
  const answer = async <T>(call: string, act: () => T): Promise<T> => {
    calls.push(call);
    const instead = answers(call, calls.filter((one) => one === call).length);
    if (instead?.arrives === true) act();
    if (instead !== undefined) throw instead.error;
    return Promise.resolve(act());
  };
  const present = (key: string): PaperObject => {
    const object = stored.get(key);
    if (object === undefined) throw refused(404, 'NotFound', `${key} not found`);
    return object;
  };
  const keyOf = ({ plural }: ResourceType<unknown>, name: string): string => `${plural}/${name}`;
  const kube = {
    get: (resource: ResourceType<unknown>, { name }: { name: string }) => answer(`get ${keyOf(resource, name)}`, () => present(keyOf(resource, name))),
    list: (resource: ResourceType<unknown>, { labelSelector = '' }: { labelSelector?: string } = {}) =>
      answer(`list ${resource.plural}`, () => ({ items: [...stored].filter(([key, object]) => key.startsWith(`${resource.plural}/`) && isSelected(object, labelSelector)).map(([, object]) => object), resourceVersion: '1' })),
    create: (resource: ResourceType<unknown>, object: Writable) =>
      answer(`create ${keyOf(resource, object.metadata.name)}`, () => {
        const key = keyOf(resource, object.metadata.name);
        if (stored.has(key)) throw refused(409, 'AlreadyExists');
        written.push(object);
        const created = { ...object, metadata: { ...object.metadata, uid: 'new', resourceVersion: '1', generation: 1, creationTimestamp: new Date(NOW).toISOString() }, status: { observedGeneration: -1 } };
        stored.set(key, created);
        return created;
      }),
    merge: (resource: ResourceType<unknown>, object: Writable) =>
      answer(`merge ${keyOf(resource, object.metadata.name)}`, () => {
        const key = keyOf(resource, object.metadata.name);
        const before = present(key);
        const after = { ...before, metadata: { ...before.metadata, ...object.metadata } };
        written.push(object);
        stored.set(key, after);
        return after;
      }),
    delete: (resource: ResourceType<unknown>, { name }: { name: string }) => answer(`delete ${keyOf(resource, name)}`, () => void stored.delete(keyOf(resource, name))),
    async *log({ name }: { name: string }, { container }: { container?: string }) {
      yield await Promise.resolve(`what ${container} of ${name} said`);
    },
  } as unknown as ClusterClient;
  return {
    kube,
    calls,
    written,
    get: (plural, name) => stored.get(`${plural}/${name}`),
    put: (plural, object) => void stored.set(`${plural}/${object.metadata.name}`, object),
    remove: (plural, name) => void stored.delete(`${plural}/${name}`),
  };
}

/** As label selectors go that name labels, or labels with their values. */
function isSelected({ metadata: { labels = {} } }: PaperObject, selector: string): boolean {
  const terms = selector === '' ? [] : selector.split(',').map((term) => term.split('='));
  return terms.every(([name = '', value]) => name in labels && (value === undefined || labels[name] === value));
}

/** Time that passes with each pause; `onPause` is told how many seconds have passed. */
export function paperPace(onPause: (seconds: number) => void = () => undefined): Pace {
  let now = NOW;
  return {
    now: () => now,
    pause(ms) {
      now += ms;
      onPause((now - NOW) / 1000);
      return Promise.resolve();
    },
  };
}
