// Which slot of a schedule is to be run now, and which were missed. Pure.
import type { Slots } from './cron.ts';

/** What a schedule comes to at a moment. Times in milliseconds since the epoch. */
export interface Due {
  /** The slot that is due: the newest of those that have come, so that after a time of downtime there is one catch-up and no more. */
  readonly slot?: number;
  /** Slots that came, and will never be run. */
  readonly missed: number;
  /** The first slot that has not come. */
  readonly next: number | undefined;
}

/** Up to here missed slots are counted one by one. */
export const MOST_MISSED = 1000;

export interface Expectation {
  /** The slot that was expected next when the schedule was last looked at; undefined when it never was, or was suspended. */
  readonly expected: number | undefined;
  /** Slots before this moment are none of this schedule's: the time of its creation, while nothing else is known. */
  readonly since: number;
  /** How late a slot may be started. */
  readonly deadlineMs: number;
}

/**
 * Decides from what was expected. It is recomputed at every look, so an edit of the schedule or a clock that was set shows at once;
 * a slot that has come by what was expected then stays due, whatever was edited since.
 */
export function dueSlot(slots: Slots, { expected, since, deadlineMs }: Expectation, now: number): Due {
  const next = slots.next(now);
  const first = expected ?? slots.next(since);
  if (first === undefined || first > now) return { missed: 0, next };
  // By an edited schedule there may be no slot since; then the one that was expected is meant.
  const slot = Math.max(slots.last(now) ?? first, first);
  const earlier = countBetween(slots, first, slot);
  return now - slot <= deadlineMs ? { slot, missed: earlier, next } : { missed: earlier + 1, next };
}

/** Slots from `first` on that are before `end`. */
function countBetween(slots: Slots, first: number, end: number): number {
  let count = 0;
  for (let at: number | undefined = first; at !== undefined && at < end && count < MOST_MISSED; at = slots.next(at)) count += 1;
  return count;
}
