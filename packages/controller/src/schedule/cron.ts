// When a schedule is due: five fields as in crontab(5), read in a time zone. Pure.
import { hash } from 'node:crypto';
import { Cron } from 'croner';

/** The slots of a schedule: the moments, in milliseconds since the epoch, at which it is due. */
export interface Slots {
  /** The schedule and its time zone for people, jitter resolved: `17 4 * * * Europe/Berlin`. */
  readonly text: string;
  /** The first slot after a moment; undefined when there is none any more, such as 30 February. */
  next(after: number): number | undefined;
  /** The last slot at a moment or before it. */
  last(at: number): number | undefined;
}

/** What cannot be read, for a person. */
export interface Unreadable {
  readonly problem: string;
}

/** Names for schedules. `-random` spreads them: each object has its own time, and keeps it. */
const NAMED: Readonly<Record<string, (draw: (below: number) => number) => string>> = {
  '@hourly': () => '0 * * * *',
  '@daily': () => '0 0 * * *',
  '@midnight': () => '0 0 * * *',
  '@weekly': () => '0 0 * * 0',
  '@monthly': () => '0 0 1 * *',
  '@yearly': () => '0 0 1 1 *',
  '@annually': () => '0 0 1 1 *',
  '@hourly-random': (draw) => `${draw(60)} * * * *`,
  '@daily-random': (draw) => `${draw(60)} ${draw(24)} * * *`,
  '@weekly-random': (draw) => `${draw(60)} ${draw(24)} * * ${draw(7)}`,
  '@monthly-random': (draw) => `${draw(60)} ${draw(24)} ${draw(28) + 1} * *`,
};

/** Of the fields: numbers, names, lists, ranges and steps. Whatever else a library understands would be our promise too. */
const FIELDS = /^[0-9A-Za-z*,/-]+( +[0-9A-Za-z*,/-]+){4}$/;
const NAMES = /[A-Za-z]+/g;
const KNOWN_NAMES = new Set(['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC', 'SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']);

/** How many schedules are kept ready: reading one takes longer than asking it. */
const MEMORY = 200;
const known = new Map<string, Slots | Unreadable>();

/**
 * Reads a schedule. A time that the clocks skip in spring is due when they have been put forward; one that comes twice in autumn is due
 * the first time only, unless the schedule has a `*` for the hour, which goes by the hours that pass. `seed` decides a `-random` one.
 */
export function readSchedule(schedule: string, { timeZone = 'Etc/UTC', seed }: { readonly timeZone?: string | undefined; readonly seed: string }): Slots | Unreadable {
  const named = NAMED[schedule.trim().toLowerCase()];
  const fields = named?.(drawFrom(seed)) ?? schedule.trim();
  const key = `${fields} ${timeZone}`;
  const found = known.get(key) ?? read(fields, timeZone);
  known.delete(key);
  known.set(key, found);
  const [oldest] = known.keys();
  if (known.size > MEMORY && oldest !== undefined) known.delete(oldest);
  return found;
}

function read(fields: string, timeZone: string): Slots | Unreadable {
  if (fields.startsWith('@')) return { problem: `schedule ${fields} is not known: use five fields as in crontab, or one of ${Object.keys(NAMED).join(', ')}` };
  const names = fields.match(NAMES) ?? [];
  if (!FIELDS.test(fields) || names.some((name) => !KNOWN_NAMES.has(name.toUpperCase()))) {
    return { problem: `schedule "${fields}" must be five fields as in crontab (minute, hour, day of month, month, day of week), such as 30 2 * * *` };
  }
  if (!isTimeZone(timeZone)) return { problem: `timeZone ${timeZone} is not known: use a name of the IANA list, such as Europe/Berlin` };
  try {
    return slotsOf(new Cron(fields, { timezone: timeZone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true }), `${fields} ${timeZone}`);
  } catch (error) {
    return { problem: `schedule "${fields}" cannot be read: ${error instanceof Error ? error.message.replace('CronPattern: ', '') : String(error)}` };
  }
}

const slotsOf = (cron: Cron, text: string): Slots => ({
  text,
  next: (after) => cron.nextRun(new Date(after))?.getTime(),
  // A run at the very moment counts, and croner wants to be asked from after it.
  last: (at) => cron.previousRuns(1, new Date(Math.floor(at / 1000) * 1000 + 1000))[0]?.getTime(),
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

/** The same numbers for the same seed, in the order in which they are drawn. */
function drawFrom(seed: string): (below: number) => number {
  let drawn = 0;
  return (below) => {
    drawn += 1;
    return Number.parseInt(hash('sha256', `${seed}/${drawn}`).slice(0, 12), 16) % below;
  };
}
