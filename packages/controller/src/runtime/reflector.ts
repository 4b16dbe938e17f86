import { sleep, type Clock } from './clock.ts';
import type { KubeObject } from './object.ts';

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } };

/** Thrown by list or watch when the resource version is too old: only a new list helps. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
}

/** Where a reflector reads from. */
export interface ListWatch<T> {
  list(signal: AbortSignal): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>;
  /** Yields events until the server ends the watch; throws when it breaks. */
  watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
}

export type WatchEnd = 'server_timeout' | 'expired' | 'idle' | 'error';

/** What a reflector keeps up to date. */
export interface Mirror<T> {
  replace(objects: readonly T[], resourceVersion: string): void;
  upsert(object: T): void;
  delete(object: T): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly name: string;
  readonly source: ListWatch<T>;
  readonly store: Mirror<T>;
  readonly clock: Clock;
  readonly onWatchEnd: (name: string, end: WatchEnd, error?: unknown) => void;
}

/**
 * The server ends a watch after about this long, however busy it is. So a silence that lasts longer means a dead
 * connection, without any trust in bookmarks, which come once a minute or not at all; and a token that was renewed
 * meanwhile is used. Asking again costs the server one cheap request: the watch goes on where it was.
 */
export const WATCH_SECONDS = 27;
/** A bit more than the longest watch, and little enough that a half-open connection is found within 35 s. */
const IDLE_TIMEOUT_MS = 33_000;
/** A watch that ends this soon without an event was not ended by its time: asking again at once would be a loop. */
const SHORT_WATCH_MS = 1000;
const MIN_BACKOFF_MS = 200;
/** Short enough that a healed API server is followed within half a minute. */
const MAX_BACKOFF_MS = 10_000;

/** Keeps a store equal to the API server: list, watch, resume, list again. Gives up only when the signal aborts. */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly synced: Promise<void>;
  #resolveSynced: () => void = () => undefined;
  #resourceVersion: string | undefined;
  #heardAt: number;
  #failures = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.synced = new Promise((resolve) => (this.#resolveSynced = resolve));
  }

  get name(): string {
    return this.#options.name;
  }

  /** Seconds since the API server told anything: by a list, an event, or the end of a watch by its time. That it was asked is no word of its. */
  get silenceSeconds(): number {
    return (this.#options.clock.now() - this.#heardAt) / 1000;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list(signal);
        else await this.#watch(this.#resourceVersion, signal);
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await this.#options.source.list(signal);
    this.#options.store.replace(items, resourceVersion);
    this.#resourceVersion = resourceVersion;
    this.#heardAt = this.#options.clock.now();
    this.#resolveSynced();
  }

  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const idle = new AbortController();
    const wait = (): (() => void) => clock.after(IDLE_TIMEOUT_MS, () => idle.abort(new Error('nothing heard')));
    let cancel = wait();
    const startedAt = clock.now();
    let events = 0;
    try {
      for await (const event of this.#options.source.watch(from, AbortSignal.any([signal, idle.signal]))) {
        this.#heardAt = clock.now();
        cancel();
        cancel = wait();
        events += 1;
        this.#take(event);
      }
      if (events === 0 && clock.now() - startedAt < SHORT_WATCH_MS) throw new Error('the watch ended as soon as it began');
      this.#heardAt = clock.now();
      this.#options.onWatchEnd(this.name, 'server_timeout');
    } catch (error) {
      // A dead connection is not a failing server: go on at once from where we were.
      if (!idle.signal.aborted) throw error;
      this.#options.onWatchEnd(this.name, 'idle', error);
    } finally {
      cancel();
    }
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === 'DELETED') this.#options.store.delete(event.object);
    else if (event.type !== 'BOOKMARK') this.#options.store.upsert(event.object);
    this.#resourceVersion = event.object.metadata.resourceVersion;
    this.#failures = 0;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const expired = error instanceof ExpiredError;
    this.#options.onWatchEnd(this.name, expired ? 'expired' : 'error', error);
    if (expired) this.#resourceVersion = undefined;
    const delay = Math.min(MIN_BACKOFF_MS * 2 ** this.#failures, MAX_BACKOFF_MS);
    this.#failures += 1;
    // Jitter keeps the watches of all kinds from hitting a healing server at one moment.
    await sleep(this.#options.clock, delay * (0.5 + Math.random() / 2), signal);
  }
}
