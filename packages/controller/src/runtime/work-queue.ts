import type { Clock } from './clock.ts';

/** First delay of the exponential back-off of a key; client-go's default. */
const BASE_DELAY_MS = 5;
/** Longest delay of the back-off: about what client-go's 1000 s come to. */
const MAX_DELAY_MS = 16 * 60 * 1000;

/**
 * The queue of keys that need work, with the semantics of client-go's workqueue:
 * a key that is added many times is handed out once; a key that is added while a worker has it is handed out again
 * after that worker is done; so one key is never worked on twice at once. Urgent keys are handed out before the others:
 * work that has ended is told at once, however much waits to be started.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  // Sets keep the order in which keys came, and let one be taken out from anywhere.
  readonly #ready = new Set<string>();
  readonly #urgentReady = new Set<string>();
  /** Dirty keys that were asked for as urgent. */
  readonly #urgent = new Set<string>();
  readonly #waiters: ((key: string | undefined) => void)[] = [];
  readonly #timers = new Map<string, { at: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  /** When a key that waits for a worker began to wait. */
  readonly #waitingSince = new Map<string, number>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of keys that wait for a worker. */
  get depth(): number {
    return this.#ready.size + this.#urgentReady.size;
  }

  /** Seconds that the first of them has waited; 0 when none waits. */
  get ageSeconds(): number {
    const [first] = this.#waitingSince.values();
    return first === undefined ? 0 : (this.#clock.now() - first) / 1000;
  }

  /** Asks for work on a key now; an urgent one goes before those that are not. */
  add(key: string, urgent = false): void {
    if (this.#closed || (this.#dirty.has(key) && (!urgent || this.#urgent.has(key)))) return;
    this.#dirty.add(key);
    if (urgent) this.#urgent.add(key);
    if (this.#processing.has(key)) return;
    this.#handOut(key);
  }

  /** Asks for work on a key later. Of several, the earliest wins. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) return this.add(key);
    const at = this.#clock.now() + ms;
    const pending = this.#timers.get(key);
    if (pending !== undefined && pending.at <= at) return;
    pending?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, cancel });
  }

  /** Asks for work on a key that failed: after 5 ms, 10 ms, 20 ms … 16 min, until {@link forget}; not before `atLeastMs`. */
  addRateLimited(key: string, atLeastMs = 0): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.max(atLeastMs, Math.min(BASE_DELAY_MS * 2 ** failures, MAX_DELAY_MS)));
  }

  /** Ends the back-off of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, when there is one; undefined when the queue is closed. The caller must call {@link done}. */
  get(): Promise<string | undefined> {
    const [key] = this.#urgentReady.size > 0 ? this.#urgentReady : this.#ready;
    if (key !== undefined) return Promise.resolve(this.#take(key));
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Says that the worker is done with a key. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key) && !this.#closed) this.#handOut(key);
  }

  /** Ends the queue: workers that wait get undefined, timers are cancelled. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#ready.clear();
    this.#urgentReady.clear();
    this.#waitingSince.clear();
    for (const waiter of this.#waiters.splice(0)) waiter(undefined);
  }

  #handOut(key: string): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) return waiter(this.#take(key));
    this.#ready.delete(key);
    (this.#urgent.has(key) ? this.#urgentReady : this.#ready).add(key);
    if (!this.#waitingSince.has(key)) this.#waitingSince.set(key, this.#clock.now());
  }

  #take(key: string): string {
    this.#dirty.delete(key);
    this.#urgent.delete(key);
    this.#ready.delete(key);
    this.#urgentReady.delete(key);
    this.#waitingSince.delete(key);
    this.#processing.add(key);
    return key;
  }
}
