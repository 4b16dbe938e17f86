import type { Clock } from '../../src/runtime/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that moves only when the schedule says so, and calls back at once, without waiting for anything. */
export class ModelClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, past every timer that is due until then. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#fireNext(end));
    this.#now = end;
  }

  /** Moves on to the next timer. */
  next(): void {
    this.#fireNext(Number.POSITIVE_INFINITY);
  }

  /** Moves past the timers that are set now, not past those that they lead to. */
  fireAll(): void {
    for (const timer of [...this.#timers].sort((one, other) => one.at - other.at)) this.#fire(timer);
  }

  #fireNext(end: number): boolean {
    const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
    if (next === undefined) return false;
    this.#fire(next);
    return true;
  }

  #fire(timer: Timer): void {
    if (!this.#timers.delete(timer)) return;
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
  }
}
