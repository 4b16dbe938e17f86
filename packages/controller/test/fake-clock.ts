import { StillClock } from './still-clock.ts';

/** A clock that stands still until a test moves it. */
export class FakeClock extends StillClock {
  /** Milliseconds until each timer that is set, soonest first. */
  get pending(): number[] {
    return this.timers.map(({ at }) => at - this.now());
  }

  /** Moves on by `ms`, and runs each timer at its time with everything that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.now() + ms;
    for (let [next] = this.timers; next !== undefined && next.at <= end; [next] = this.timers) {
      this.fire(next);
      await settle();
    }
    this.moveTo(end);
    await settle();
  }

  /** Moves on by `ms` without running a timer: what a process finds that was paused. */
  skip(ms: number): void {
    this.moveTo(this.now() + ms);
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
