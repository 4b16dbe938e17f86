import type { Clock } from '../src/runtime/clock.ts';

/** A callback, and when it is due. */
export interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still: whoever extends it moves it on. */
export class StillClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now: string | number = 0) {
    this.#now = typeof now === 'string' ? Date.parse(now) : now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that are set, soonest first. */
  protected get timers(): Timer[] {
    return [...this.#timers].sort((one, other) => one.at - other.at);
  }

  /** Moves on to a time; never back. */
  protected moveTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  /** Moves on to a timer, and runs it if it is still set. */
  protected fire(timer: Timer): void {
    if (!this.#timers.delete(timer)) return;
    this.moveTo(timer.at);
    timer.callback();
  }
}
