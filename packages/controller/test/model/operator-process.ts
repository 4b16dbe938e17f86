// One life of the operator's process: the real reconcilers, caches, queues and wiring over the model's API server.
// Every call stops twice, before the server has done it and before its answer is heard, until the schedule goes on.
import { TerminalError, type Reconcile } from '../../src/runtime/outcome.ts';
import { isGone, KubeError } from '../../src/kube/errors.ts';
import { RESOURCES, type ResourceType } from '../../src/kube/resources.ts';
import type { ApplyOptions, Kube, Propagation, Writable, Selection } from '../../src/kube/client.ts';
import { NameTakenError } from '../../src/reconcile/act.ts';
import { createCaches, selectorOf, type CachedResource, type Caches } from '../../src/reconcile/caches.ts';
import type { Dependencies } from '../../src/reconcile/dependencies.ts';
import { createReconcilers } from '../../src/reconcilers.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Mirror } from '../../src/runtime/reflector.ts';
import { WorkQueue } from '../../src/runtime/work-queue.ts';
import { wireWatches, type Queues } from '../../src/watches.ts';
import { CONFIG } from '../fixtures.ts';
import type { Change, ModelApi } from './model-api.ts';
import type { ModelClock } from './model-clock.ts';
import type { Stored } from './objects.ts';

/** What a test breaks on purpose. */
export interface Breakage {
  readonly name: string;
  readonly kube?: (kube: Kube) => Kube;
  readonly caches?: (caches: Caches) => void;
}

/** A call that waits for the schedule. */
interface Call {
  readonly what: string;
  readonly execute: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  answer?: { readonly value: unknown } | { readonly error: unknown };
}

/** One reconcile under way. */
export interface Task {
  readonly queue: keyof Queues;
  readonly key: string;
  call?: Call | undefined;
  ended: boolean;
  wake: () => void;
}

/** Where a cache is in the log of its resource. */
interface Stream {
  readonly name: CachedResource;
  readonly store: Mirror<KubeObject>;
  position: number;
  /** Where the watch began: it tells nothing of what was before. */
  from: number;
  /** An event was dropped: only a new list mends that. */
  gap: boolean;
}

const QUEUES = ['databases', 'backups', 'restores'] as const;
/** Reconciles of one kind at the same time. */
const WORKERS = 2;
const MANAGED_LABEL = (selectorOf('jobs') ?? '').split('=');
const NEVER = new AbortController().signal;

export class OperatorProcess {
  readonly tasks: Task[] = [];
  readonly streams: readonly Stream[];
  /** Errors that no reconcile may throw. */
  readonly failures: unknown[] = [];
  readonly #api: ModelApi;
  readonly #queues: Queues;
  readonly #reconcilers: Record<keyof Queues, Reconcile>;
  #current: Task | undefined;

  /** `lag` says by how many changes each cache is behind: a process that stood by has caches, but not of this moment. */
  constructor({ api, clock, breakage, lag = () => 0 }: { api: ModelApi; clock: ModelClock; breakage: Breakage | undefined; lag?: () => number }) {
    this.#api = api;
    const caches = createCaches();
    breakage?.caches?.(caches);
    this.#queues = { databases: new WorkQueue(clock), backups: new WorkQueue(clock), restores: new WorkQueue(clock) };
    wireWatches(caches, this.#queues);
    const kube = breakage?.kube?.(this.#kube()) ?? this.#kube();
    const silent = (): void => undefined;
    const log: Dependencies['log'] = { debug: silent, info: silent, warn: silent, error: silent };
    this.#reconcilers = createReconcilers({ caches, kube, logs: { tail: () => Promise.resolve('') }, clock, log, events: { record: silent }, config: CONFIG });
    this.streams = (Object.keys(caches) as CachedResource[]).map((name) => ({ name, store: caches[name], position: 0, from: 0, gap: false }));
    for (const stream of this.streams) this.relist(stream, lag());
  }

  // What the schedule may do.

  get startable(): (keyof Queues)[] {
    return QUEUES.filter((queue) => this.#queues[queue].depth > 0 && this.tasks.filter((task) => task.queue === queue).length < WORKERS);
  }

  /** Takes the next key of a queue and works on it up to its first call. */
  async start(queue: keyof Queues): Promise<void> {
    const key = await this.#queues[queue].get();
    if (key === undefined) return;
    const task: Task = { queue, key, ended: false, wake: () => undefined };
    this.tasks.push(task);
    await this.#until(task, () => void this.#work(task));
  }

  /** The server does what was asked of it. */
  execute({ call }: Task): void {
    if (call === undefined) return;
    try {
      call.answer = { value: call.execute() };
    } catch (error) {
      call.answer = { error };
    }
  }

  /** The answer arrives, and the reconcile goes on up to its next call. */
  async answer(task: Task): Promise<void> {
    const { call } = task;
    if (call?.answer === undefined) return;
    const { answer } = call;
    task.call = undefined;
    await this.#until(task, () => ('error' in answer ? call.reject(answer.error) : call.resolve(answer.value)));
  }

  /** The connection breaks: no answer arrives, whether the server did it or not. */
  async lose(task: Task): Promise<void> {
    if (task.call === undefined) return;
    task.call.answer = { error: new KubeError({ code: 0, reason: 'Unreachable', message: `${task.call.what}: no answer` }) };
    await this.answer(task);
  }

  pending({ name, position }: Stream): number {
    return this.#api.log(RESOURCES[name]).length - position;
  }

  deliver(stream: Stream): void {
    const change = this.#api.log(RESOURCES[stream.name])[stream.position];
    stream.position += 1;
    if (change !== undefined) this.#hear(stream, change);
  }

  drop(stream: Stream): void {
    stream.position += 1;
    stream.gap = true;
  }

  /** An event that was heard before is heard again. */
  repeat(stream: Stream, back: number): void {
    const position = stream.position - 1 - back;
    const change = this.#api.log(RESOURCES[stream.name])[position];
    if (change !== undefined && position >= stream.from) this.#hear(stream, change);
  }

  /** A list, as the server would have answered `age` changes ago; the watch goes on from there. */
  relist(stream: Stream, age = 0): void {
    const log = this.#api.log(RESOURCES[stream.name]);
    stream.position = stream.from = Math.max(0, log.length - age);
    stream.gap = false;
    const items = new Map<string, Stored>();
    if (age === 0) for (const object of this.#api.all<Stored>(RESOURCES[stream.name] as ResourceType<KubeObject> as ResourceType<Stored>)) items.set(object.metadata.uid, object);
    else {
      for (const { type, object } of log.slice(0, stream.position)) {
        if (type === 'DELETED') items.delete(object.metadata.uid);
        else items.set(object.metadata.uid, object);
      }
    }
    const version = log[stream.position - 1]?.object.metadata.resourceVersion ?? '0';
    stream.store.replace([...items.values()].filter((object) => isSelected(stream.name, object)), version);
  }

  #hear({ name, store }: Stream, { type, object }: Change): void {
    if (!isSelected(name, object)) return;
    if (type === 'DELETED') store.delete(object);
    else store.upsert(object);
  }

  async #until(task: Task, go: () => void): Promise<void> {
    this.#current = task;
    await new Promise<void>((resolve) => {
      task.wake = resolve;
      go();
    });
    if (task.ended) this.tasks.splice(this.tasks.indexOf(task), 1);
  }

  // As runtime/controller.ts does it.
  async #work(task: Task): Promise<void> {
    const queue = this.#queues[task.queue];
    try {
      const outcome = await this.#reconcilers[task.queue](task.key, NEVER);
      queue.forget(task.key);
      if (!outcome.done) queue.addAfter(task.key, outcome.requeueAfterMs);
    } catch (error) {
      if (!(error instanceof KubeError || error instanceof NameTakenError) || isGone(error) || error instanceof TerminalError) this.failures.push(error);
      queue.addRateLimited(task.key);
    }
    queue.done(task.key);
    task.ended = true;
    task.wake();
  }

  #kube(): Kube {
    const api = this.#api;
    const call = <T>(what: string, execute: () => T): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        const task = this.#current;
        if (task === undefined) return reject(new Error(`${what}: no reconcile is under way`));
        task.call = { what, execute, resolve: resolve as (value: unknown) => void, reject };
        task.wake();
      });
    const text = (verb: string, resource: ResourceType<unknown>, name = ''): string => `${verb} ${resource.plural} ${name}`;
    return {
      get: (resource, key) => call(text('get', resource, key.name), () => api.get(resource, key)),
      list: <T>(resource: ResourceType<T>, { labelSelector, namespace }: Selection) =>
        call(text('list', resource), () => ({ items: api.all(resource).filter((object) => matches(object as object as Stored, labelSelector) && (namespace === undefined || (object as object as Stored).metadata.namespace === namespace)), resourceVersion: '' })),
      create: (resource, object) => call(text('create', resource, object.metadata.name), () => api.create(resource, object, 'operator')),
      exists: (resource, key) => call(text('exists', resource, key.name), () => api.has(resource, key)),
      apply: (resource, object, options: ApplyOptions) => call(text(`apply ${options.subresource ?? ''}`, resource, object.metadata.name), () => api.apply(resource, object, options, 'operator')),
      merge: (resource, object) => call(text('merge', resource, object.metadata.name), () => api.apply(resource, object, { force: true }, 'operator')),
      delete: (resource, target, propagation: Propagation) => call(text('delete', resource, target.name), () => api.delete(resource, target, propagation, 'operator')),
    };
  }
}

function isSelected(name: CachedResource, { metadata }: { readonly metadata: KubeObject['metadata'] & { readonly labels?: Readonly<Record<string, string>> } }): boolean {
  const [label = '', value] = MANAGED_LABEL;
  return selectorOf(name) === undefined || metadata.labels?.[label] === value;
}

/** Equality-based selectors, separated by commas. */
const matches = ({ metadata }: Stored, selector = ''): boolean =>
  selector === '' ||
  selector.split(',').every((term) => {
    const [label = '', value] = term.split('=');
    return value === undefined ? metadata.labels?.[label] !== undefined : metadata.labels?.[label] === value;
  });

export type { Stream, Writable };
