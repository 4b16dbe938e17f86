// An API server in memory: optimistic concurrency, server-side apply, finalizers, and a log of changes to watch.
import { isDeepStrictEqual } from 'node:util';
import { DATABASE_FINALIZER, type ObjectKey, type ObjectMeta } from '@postgres-operator/api';
import type { ApplyOptions, Propagation, Writable } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import type { ResourceType } from '../../src/kube/resources.ts';
import { keyOf } from '../../src/runtime/object.ts';
import type { ModelClock } from './model-clock.ts';
import { FOREGROUND, isEndedPod, type Stored } from './objects.ts';

/** Who asked for a change. */
export type Author = 'operator' | 'cluster' | 'user';

/** One change of one object; `object` is its last state when it was deleted. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: string;
  readonly by: Author;
  readonly before: Stored | undefined;
  readonly object: Stored;
}

type Manifest = Writable & Partial<Pick<Stored, 'spec' | 'status'>> & { readonly metadata: Partial<ObjectMeta> & ObjectKey };

const refusal = (code: number, reason: string, what: string): KubeError => new KubeError({ code, reason, message: `${what}: ${reason}` });

export class ModelApi {
  readonly #clock: ModelClock;
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #log = new Map<string, Change[]>();
  readonly #uids: Set<string>;
  #version: number;
  #created: number;
  /** Hears of every change, before anybody who watches. */
  onChange: (change: Change) => void = () => undefined;

  /** Starts empty, or as a copy of another one. */
  constructor(clock: ModelClock, from?: ModelApi) {
    this.#clock = clock;
    this.#uids = new Set(from === undefined ? [] : from.#uids);
    this.#version = from === undefined ? 100 : from.#version;
    this.#created = from === undefined ? 0 : from.#created;
    for (const [plural, objects] of from === undefined ? [] : from.#objects) this.#objects.set(plural, new Map(objects));
    for (const [plural, log] of from === undefined ? [] : from.#log) this.#log.set(plural, [...log]);
  }

  /** Everything of a resource. */
  all<T>({ plural }: ResourceType<T>): T[] {
    return [...(this.#objects.get(plural)?.values() ?? [])] as object as T[];
  }

  everything(): { plural: string; object: Stored }[] {
    return [...this.#objects].flatMap(([plural, objects]) => [...objects.values()].map((object) => ({ plural, object })));
  }

  find<T>({ plural }: ResourceType<T>, name: string): T | undefined {
    for (const object of this.#objects.get(plural)?.values() ?? []) if (object.metadata.name === name) return object as object as T;
    return undefined;
  }

  exists(uid: string): boolean {
    return this.#uids.has(uid);
  }

  /** Changes of a resource, oldest first. */
  /** Milliseconds since the epoch. */
  time(): number {
    return this.#clock.now();
  }

  log({ plural }: ResourceType<unknown>): readonly Change[] {
    return this.#log.get(plural) ?? [];
  }

  get<T>(resource: ResourceType<T>, key: ObjectKey): T {
    return this.#existing(resource, key) as object as T;
  }

  has(resource: ResourceType<unknown>, key: ObjectKey): boolean {
    return this.#at(resource, key) !== undefined;
  }

  create<T>(resource: ResourceType<T>, manifest: Manifest, by: Author): T {
    const what = `create ${resource.plural} ${manifest.metadata.name}`;
    if (this.#at(resource, manifest.metadata) !== undefined) throw refusal(409, 'AlreadyExists', what);
    this.#created += 1;
    const creationTimestamp = this.#now();
    // An odd factor makes every one of the first 2^32 different, in no order.
    const uid = `${((this.#created * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    return this.#write({ type: 'ADDED', plural: resource.plural, by, before: undefined, object: { ...manifest, metadata: { ...manifest.metadata, uid, creationTimestamp, generation: 1, resourceVersion: '' } } }) as object as T;
  }

  apply<T>(resource: ResourceType<T>, manifest: Manifest, { subresource, force }: ApplyOptions, by: Author): T {
    const what = `apply ${resource.plural} ${manifest.metadata.name}`;
    const before = this.#at(resource, manifest.metadata);
    const { uid, resourceVersion } = manifest.metadata;
    if (before === undefined) {
      if (subresource !== undefined) throw refusal(404, 'NotFound', what);
      if (uid !== undefined) throw refusal(409, 'Conflict', what);
      return this.create(resource, manifest, by);
    }
    if (uid !== undefined && uid !== before.metadata.uid) throw refusal(409, 'Conflict', what);
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) throw refusal(409, 'Conflict', what);
    // Fields of an object that somebody else made are theirs.
    if (!force) throw refusal(409, 'Conflict', what);
    return this.#replace(resource, before, subresource === 'status' ? { ...before, status: manifest.status ?? {} } : merged(before, manifest), by) as object as T;
  }

  /** Changes an object as its own controller or a person does. */
  update<T extends { readonly metadata: ObjectMeta }>(resource: ResourceType<T>, object: T, changes: { readonly spec?: object; readonly status?: object; readonly endpoints?: object }, by: Author): T {
    const before = this.#existing(resource, object.metadata);
    return this.#replace(resource, before, { ...before, ...changes }, by) as object as T;
  }

  /** As the API server deletes: finalizers and the grace of pods keep an object until {@link release}. */
  delete(resource: ResourceType<unknown>, target: ObjectKey & { readonly uid: string }, propagation: Propagation, by: Author): void {
    const before = this.#existing(resource, target);
    if (before.metadata.uid !== target.uid) throw refusal(409, 'Conflict', `delete ${resource.plural} ${target.name}`);
    const finalizers = new Set(before.metadata.finalizers);
    if (propagation === 'Foreground') finalizers.add(FOREGROUND);
    if (finalizers.size === 0 && !hasGrace(before)) return void this.#remove(resource.plural, before, by);
    const { generation = 0, deletionTimestamp = this.#now() } = before.metadata;
    const marked = before.metadata.deletionTimestamp !== undefined;
    const metadata = { ...before.metadata, finalizers: [...finalizers], deletionTimestamp, generation: marked ? generation : generation + 1 };
    this.#replace(resource, before, { ...before, metadata }, by);
  }

  /** Takes a finalizer away, or without one the grace of a pod; an object that is being deleted goes when nothing keeps it. */
  release(resource: ResourceType<unknown>, object: { readonly metadata: ObjectMeta }, finalizer?: string): void {
    const before = this.#existing(resource, object.metadata);
    const finalizers = (before.metadata.finalizers ?? []).filter((kept) => kept !== finalizer);
    const kept = finalizers.length > 0 || before.metadata.deletionTimestamp === undefined || (finalizer !== undefined && hasGrace(before));
    if (!kept) return void this.#remove(resource.plural, before, 'cluster');
    this.#replace(resource, before, { ...before, metadata: { ...before.metadata, finalizers } }, 'cluster');
  }

  #replace({ plural }: ResourceType<unknown>, before: Stored, after: Stored, by: Author): Stored {
    if (isDeepStrictEqual(before, after)) return before;
    if (after.metadata.deletionTimestamp !== undefined && after.metadata.finalizers?.length === 0 && after.kind !== 'Pod') return this.#remove(plural, before, by);
    const { generation = 0 } = after.metadata;
    const changed = after.spec !== before.spec && !isDeepStrictEqual(before.spec, after.spec);
    return this.#write({ type: 'MODIFIED', plural, by, before, object: { ...after, metadata: { ...after.metadata, generation: changed ? generation + 1 : generation } } });
  }

  #remove(plural: string, before: Stored, by: Author): Stored {
    return this.#write({ type: 'DELETED', plural, by, before, object: before });
  }

  #write({ object, ...change }: Change): Stored {
    this.#version += 1;
    const written = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    const objects = this.#objects.get(change.plural) ?? new Map<string, Stored>();
    this.#objects.set(change.plural, objects);
    if (change.type === 'DELETED') {
      objects.delete(keyOf(written));
      this.#uids.delete(written.metadata.uid);
    } else {
      objects.set(keyOf(written), written);
      this.#uids.add(written.metadata.uid);
    }
    const log = this.#log.get(change.plural) ?? [];
    this.#log.set(change.plural, log);
    const seen = { ...change, object: written };
    log.push(seen);
    this.onChange(seen);
    return written;
  }

  #at({ plural }: ResourceType<unknown>, { namespace, name }: ObjectKey): Stored | undefined {
    return this.#objects.get(plural)?.get(`${namespace}/${name}`);
  }

  #existing(resource: ResourceType<unknown>, key: ObjectKey): Stored {
    const found = this.#at(resource, key);
    if (found === undefined) throw refusal(404, 'NotFound', `${resource.plural} ${key.name}`);
    return found;
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

/** A pod that works is given time to stop. */
const hasGrace = (object: Stored): boolean => object.kind === 'Pod' && !isEndedPod(object as object as Parameters<typeof isEndedPod>[0]);

/** What server-side apply makes of an object, as far as the operator's own manifests go. */
function merged(before: Stored, { metadata, ...fields }: Manifest): Stored {
  const { finalizers, labels, annotations, ownerReferences } = metadata;
  // Applying a list of finalizers speaks of the operator's own only.
  const others = (before.metadata.finalizers ?? []).filter((finalizer) => finalizer !== DATABASE_FINALIZER);
  return {
    ...before,
    ...fields,
    ...(fields.spec && { spec: { ...before.spec, ...fields.spec } }),
    metadata: {
      ...before.metadata,
      ...(labels && { labels: { ...before.metadata.labels, ...labels } }),
      ...(annotations && { annotations: { ...before.metadata.annotations, ...annotations } }),
      ...(ownerReferences && { ownerReferences }),
      ...(finalizers && { finalizers: [...others, ...finalizers] }),
    },
  };
}
