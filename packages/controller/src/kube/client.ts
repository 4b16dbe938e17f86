import { FIELD_MANAGER, type ObjectKey } from '@postgres-operator/api';
import { ExpiredError, WATCH_SECONDS, type WatchEvent } from '../runtime/reflector.ts';
import type { Connection } from './connection.ts';
import { isAlreadyExists, isGone, kubeError } from './errors.ts';
import { LOG_TIMEOUT_MS, MAX_LOG_BYTES, type PodLogs } from './pod-logs.ts';
import { pathOf, RESOURCES, type ResourceType } from './resources.ts';
import { Transport, type CallObserver } from './transport.ts';

const PAGE_SIZE = 500;

/** A Kubernetes object to be written: what the API server needs to place it. */
export interface Writable {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** What a reconciler may ask of the API server. Every refusal is a KubeError. */
export interface Kube {
  get<T>(resource: ResourceType<T>, key: ObjectKey, signal: AbortSignal): Promise<T>;
  /** Lists all objects that are selected. */
  list<T>(resource: ResourceType<T>, selection: Selection, signal: AbortSignal): Promise<{ items: T[]; resourceVersion: string }>;
  create<T>(resource: ResourceType<T>, object: Writable, signal: AbortSignal): Promise<T>;
  /**
   * Whether a name is taken, asked with no other right than to create: by a dry run of creating an empty object of that name,
   * which the server refuses as AlreadyExists. Nothing is stored, and nothing of the object that is there is in the answer.
   */
  exists(resource: ResourceType<unknown>, key: ObjectKey, signal: AbortSignal): Promise<boolean>;
  /** Server-side apply: sets the fields in `object`, and removes those applied before that are no longer in it. */
  apply<T>(resource: ResourceType<T>, object: Writable, options: ApplyOptions, signal: AbortSignal): Promise<T>;
  /** Merge patch: sets the fields in `object`, lists as a whole. */
  merge<T>(resource: ResourceType<T>, object: Writable, signal: AbortSignal): Promise<T>;
  /** Deletes one object, and no other that took its name since. Foreground keeps it until its dependents are gone. */
  delete(resource: ResourceType<unknown>, target: ObjectKey & { uid: string }, propagationPolicy: Propagation, signal: AbortSignal): Promise<void>;
}

/** Which objects a list is of: all, unless it is said otherwise. */
export interface Selection {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string;
  readonly namespace?: string;
}

/** Which lines of a log. */
export interface LogOptions {
  /** Absent: that of a pod with one. */
  readonly container?: string | undefined;
  /** Until the container ends. */
  readonly follow?: boolean;
  /** Each line begins with its time, in RFC 3339 with nine digits of a second, and a space. */
  readonly timestamps?: boolean;
  /** Those from the second of this time on. */
  readonly sinceTime?: string;
}

export interface ApplyOptions {
  readonly subresource?: 'status';
  /** Takes fields over from other managers instead of refusing with a conflict. */
  readonly force: boolean;
}

export type Propagation = 'Foreground' | 'Background';

/** An object that was read. */
export interface Versioned {
  readonly metadata: Writable['metadata'] & { readonly resourceVersion: string };
}

export interface ClientOptions {
  readonly observe?: CallObserver;
  /** Asked right before each write; when it says no, the write is not sent. */
  readonly mayWrite?: () => boolean;
  /** Who writes, as managed fields name it. Default: the controller. */
  readonly fieldManager?: string;
}

/** The API server as plain JSON in and out: times are strings, as on the wire. */
export class KubeClient implements Kube, PodLogs {
  readonly #transport: Transport;
  readonly #fieldManager: string;

  constructor(connection: Connection, { observe = () => undefined, mayWrite = () => true, fieldManager = FIELD_MANAGER }: ClientOptions = {}) {
    this.#transport = new Transport(connection, observe, mayWrite);
    this.#fieldManager = fieldManager;
  }

  async get<T>(resource: ResourceType<T>, { namespace, name }: ObjectKey, signal: AbortSignal): Promise<T> {
    return this.#transport.call<T>({ method: 'GET', path: pathOf(resource, namespace, name), signal });
  }

  /** Page by page; `keep` says of each page's items what is held until the last page is there. */
  async list<T>(resource: ResourceType<T>, { labelSelector, fieldSelector, namespace }: Selection, signal: AbortSignal, keep = (item: T): T => item): Promise<{ items: T[]; resourceVersion: string }> {
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      const query = { limit: String(PAGE_SIZE), ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }), ...(token && { continue: token }) };
      const page = await this.#transport.call<{ items: T[]; metadata: { resourceVersion: string; continue?: string } }>({ method: 'GET', path: pathOf(resource, namespace), query, signal }).catch((error: unknown) => {
        throw asExpired(error);
      });
      // Items of a list come without apiVersion and kind; everywhere else objects carry them.
      for (const item of page.items) items.push(keep({ ...item, apiVersion: resource.apiVersion, kind: resource.kind }));
      token = page.metadata.continue;
      if (token === undefined || token === '') return { items, resourceVersion: page.metadata.resourceVersion };
    }
  }

  /** Yields what happens to a resource after a resource version, until the server ends the watch. */
  async *watch<T>(resource: ResourceType<T>, options: Pick<Selection, 'labelSelector' | 'namespace'> & { resourceVersion: string }, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const { labelSelector, namespace, resourceVersion } = options;
    const timeoutSeconds = String(Math.round(WATCH_SECONDS * (0.9 + Math.random() / 5)));
    const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds, ...(labelSelector && { labelSelector }) };
    const path = pathOf(resource, namespace);
    try {
      for await (const line of this.#transport.lines({ method: 'GET', path, query, signal })) yield parseEvent<T>(path, line);
    } catch (error) {
      throw asExpired(error);
    }
  }

  async create<T>(resource: ResourceType<T>, object: Writable, signal: AbortSignal): Promise<T> {
    const path = pathOf(resource, object.metadata.namespace);
    return this.#transport.call<T>({ method: 'POST', path, query: { fieldManager: this.#fieldManager }, body: object, signal });
  }

  async exists(resource: ResourceType<unknown>, { namespace, name }: ObjectKey, signal: AbortSignal): Promise<boolean> {
    const { apiVersion, kind } = resource;
    const call = { method: 'POST', path: pathOf(resource, namespace), query: { dryRun: 'All' }, body: { apiVersion, kind, metadata: { namespace, name } }, signal } as const;
    return this.#transport.call(call).then(
      () => false,
      (error: unknown) => {
        if (isAlreadyExists(error)) return true;
        throw error;
      },
    );
  }

  /** Replaces an object; its resourceVersion makes sure that it is still the one that was read. */
  async update<T>(resource: ResourceType<T>, object: Versioned, signal: AbortSignal): Promise<T> {
    const { namespace, name } = object.metadata;
    return this.#transport.call<T>({ method: 'PUT', path: pathOf(resource, namespace, name), query: { fieldManager: this.#fieldManager }, body: object, signal });
  }

  async apply<T>(resource: ResourceType<T>, object: Writable, options: ApplyOptions, signal: AbortSignal): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = pathOf(resource, namespace, name) + (options.subresource === undefined ? '' : `/${options.subresource}`);
    const query = { fieldManager: this.#fieldManager, force: String(options.force) };
    return this.#transport.call<T>({ method: 'PATCH', path, query, body: object, contentType: 'application/apply-patch+yaml', signal });
  }

  async merge<T>(resource: ResourceType<T>, object: Writable, signal: AbortSignal): Promise<T> {
    const path = pathOf(resource, object.metadata.namespace, object.metadata.name);
    return this.#transport.call<T>({ method: 'PATCH', path, query: { fieldManager: this.#fieldManager }, body: object, contentType: 'application/merge-patch+json', signal });
  }

  async delete(resource: ResourceType<unknown>, target: ObjectKey & { uid: string }, propagationPolicy: Propagation, signal: AbortSignal): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions: { uid: target.uid } };
    await this.#transport.call({ method: 'DELETE', path: pathOf(resource, target.namespace, target.name), body, signal });
  }

  async tail({ namespace, name }: ObjectKey, options: { readonly container: string; readonly lines: number }, signal: AbortSignal): Promise<string> {
    const query = { container: options.container, tailLines: String(options.lines), limitBytes: String(MAX_LOG_BYTES) };
    const path = `${pathOf(RESOURCES.pods, namespace, name)}/log`;
    const lines: string[] = [];
    for await (const line of this.#transport.lines({ method: 'GET', path, query, signal: AbortSignal.any([signal, AbortSignal.timeout(LOG_TIMEOUT_MS)]) })) lines.push(line);
    return lines.join('\n');
  }

  /** What a container of a pod has written, line by line. */
  log({ namespace, name }: ObjectKey, { follow = false, timestamps = false, container, sinceTime }: LogOptions, signal: AbortSignal): AsyncGenerator<string> {
    const query = { follow: String(follow), timestamps: String(timestamps), ...(container !== undefined && { container }), ...(sinceTime !== undefined && { sinceTime }) };
    return this.#transport.lines({ method: 'GET', path: `${pathOf(RESOURCES.pods, namespace, name)}/log`, query, signal });
  }
}

/** A resource version that is too old asks for a new list, whether as an answer or inside a watch. */
const asExpired = (error: unknown): unknown => (isGone(error) ? new ExpiredError('the resource version is too old', { cause: error }) : error);

function parseEvent<T>(path: string, line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { readonly type: 'ERROR'; readonly object: { readonly code?: number } };
  if (event.type !== 'ERROR') return event;
  throw kubeError(`watch ${path}`, event.object.code ?? 500, JSON.stringify(event.object));
}
