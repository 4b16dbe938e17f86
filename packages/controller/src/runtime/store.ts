import { keyOf, type KubeObject } from './object.ts';

/** Called with what an object was and what it is; one of them may be undefined. */
export type ChangeListener<T> = (before: T | undefined, after: T | undefined) => void;

/** Keeps of an object what is used. Declared as a method, so that a store of something special passes as a store of objects. */
export type Projection<T> = { project(object: T): T }['project'];

/** How many ended objects are remembered: the answer to a write comes within seconds of the end, not later. */
const ENDED_MEMORY = 1000;

/** The objects of one kind as last seen, by key and by the given indexes. */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, { values: (object: T) => readonly string[]; keys: Map<string, Set<string>> }>();
  readonly #listeners: ChangeListener<T>[] = [];
  /** The resourceVersion at which an object ended, by UID. */
  readonly #ended = new Map<string, string>();
  /** What is kept of an object; of what was kept already, all. */
  readonly project: Projection<T>;
  /** The resourceVersion of the last list, of each namespace or ('') of all. */
  readonly #listed = new Map<string, string>();

  /** Indexes by name; `project` keeps of an object what is used, and lets the rest go before it is held. */
  constructor(indexes: Readonly<Record<string, (object: T) => readonly string[]>> = {}, project: Projection<T> = (object) => object) {
    this.project = project;
    for (const [name, values] of Object.entries(indexes)) this.#indexes.set(name, { values, keys: new Map() });
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** All objects for which the index gives this value. */
  by(index: string, value: string): T[] {
    const keys = this.#indexes.get(index)?.keys.get(value) ?? [];
    return [...keys].flatMap((key) => this.#objects.get(key) ?? []);
  }

  onChange(listener: ChangeListener<T>): void {
    this.#listeners.push(listener);
  }

  /**
   * Takes over an object that was read or written. An older state of the same object than the one held is ignored, so
   * that the answer to our own write is not undone by an event that was under way before it. Nor does such an answer
   * bring back an object whose end was heard first: the write that takes the last finalizer away always races with it.
   * All versions of a resource are one sequence, so this holds for objects that had the same name one after another too.
   */
  upsert(object: T): void {
    if (!this.#objects.has(keyOf(object)) && !isNewer(object.metadata.resourceVersion, this.#listedAt(object))) return;
    this.#take(object);
  }

  #listedAt({ metadata: { namespace = '' } }: T): string {
    return this.#listed.get(namespace) ?? this.#listed.get('') ?? '0';
  }

  #take(object: T): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    const end = this.#ended.get(object.metadata.uid);
    if (end !== undefined && !isNewer(object.metadata.resourceVersion, end)) return;
    if (before !== undefined && !isNewer(object.metadata.resourceVersion, before.metadata.resourceVersion)) return;
    this.#set(key, before, this.project(object));
  }

  delete(object: T): void {
    this.#remember(object);
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before === undefined || before.metadata.uid !== object.metadata.uid) return;
    this.#set(key, before, undefined);
  }

  /**
   * Makes the store hold exactly the objects of a full list, and what was written since that list was made. From here on
   * the answer to an older write brings back nothing that the list did not have: no event would ever take it away again.
   * A list of one namespace says nothing of the others.
   */
  replace(objects: readonly T[], resourceVersion: string, namespace = ''): void {
    const seen = new Set(objects.map(keyOf));
    const isListed = ({ metadata }: T): boolean => namespace === '' || metadata.namespace === namespace;
    for (const [key, before] of this.#objects) {
      if (isListed(before) && !seen.has(key) && !isNewer(before.metadata.resourceVersion, resourceVersion)) this.#set(key, before, undefined);
    }
    for (const object of objects) this.#take(object);
    this.#listed.set(namespace, resourceVersion);
  }

  #remember(ended: T): void {
    this.#ended.set(ended.metadata.uid, ended.metadata.resourceVersion);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > ENDED_MEMORY && oldest !== undefined) this.#ended.delete(oldest);
  }

  #set(key: string, before: T | undefined, after: T | undefined): void {
    if (after === undefined) this.#objects.delete(key);
    else this.#objects.set(key, after);
    for (const { values, keys } of this.#indexes.values()) {
      for (const value of before === undefined ? [] : values(before)) removeFrom(keys, value, key);
      for (const value of after === undefined ? [] : values(after)) keys.set(value, (keys.get(value) ?? new Set()).add(key));
    }
    for (const listener of this.#listeners) listener(before, after);
  }
}

// Resource versions are decimal numbers that grow (KEP-5504 makes that part of the API).
const isNewer = (one: string, other: string): boolean => BigInt(one) > BigInt(other);

function removeFrom(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value);
  set?.delete(key);
  if (set?.size === 0) keys.delete(value);
}
