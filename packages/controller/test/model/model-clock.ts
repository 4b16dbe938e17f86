import { StillClock } from '../still-clock.ts';

/** A clock that moves only when the schedule says so, and calls back at once, without waiting for anything. */
export class ModelClock extends StillClock {
  /** Moves on by `ms`, past every timer that is due until then. */
  advance(ms: number): void {
    const end = this.now() + ms;
    for (let [next] = this.timers; next !== undefined && next.at <= end; [next] = this.timers) this.fire(next);
    this.moveTo(end);
  }

  /** Moves on to the next timer. */
  next(): void {
    const [next] = this.timers;
    if (next !== undefined) this.fire(next);
  }

  /** Moves past the timers that are set now, not past those that they lead to. */
  fireAll(): void {
    for (const timer of this.timers) this.fire(timer);
  }
}
