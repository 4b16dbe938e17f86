// Which runs of a schedule are kept. Nothing that can be restored goes unless enough that is better is there. Pure.

/** A run of a schedule, as retention looks at it. */
export interface Kept {
  readonly name: string;
  /** When its content was complete, in milliseconds since the epoch; of one that failed, when it ended. */
  readonly at: number;
  /** good: Completed, and nothing speaks against it. suspicious: Completed, but less than was expected. open: it may yet be either. */
  readonly state: 'good' | 'suspicious' | 'failed' | 'open';
  readonly pinned: boolean;
}

/** The rules of a schedule. Each says what to keep; what no rule wants goes. */
export interface Policy {
  readonly keepLast?: number | undefined;
  readonly keepDaily?: number | undefined;
  readonly keepWeekly?: number | undefined;
  readonly keepMonthly?: number | undefined;
  readonly keepYearly?: number | undefined;
  /** Milliseconds after which a backup goes, although another rule wants it. Alone, it is the only rule. */
  readonly maxAgeMs?: number | undefined;
  /** So many of the newest good ones stay, whatever the rules say; never less than one. */
  readonly minKeep: number;
  /** Days begin at midnight there. */
  readonly timeZone: string;
}

/** What is to go, the oldest first, and why nothing good does although the rules would have it. */
export interface Pruning {
  readonly failed: readonly string[];
  readonly good: readonly string[];
  readonly frozen?: string;
}

/** So many runs that failed are kept to be looked at. */
export const FAILED_KEPT = 3;

/** Decides for all runs of one schedule. */
export function pruning(runs: readonly Kept[], policy: Policy, now: number): Pruning {
  const newestFirst = [...runs].sort((one, other) => other.at - one.at || (one.name < other.name ? 1 : -1));
  const failed = newestFirst.filter(({ state, pinned }) => state === 'failed' && !pinned).slice(FAILED_KEPT);
  const unwanted = goodToGo(newestFirst.filter(({ state }) => state === 'good'), policy, now);
  const frozen = unwanted.length === 0 ? undefined : whyFrozen(newestFirst);
  return { failed: namesOf(failed), good: frozen === undefined ? namesOf(unwanted) : [], ...(frozen !== undefined && { frozen }) };
}

const namesOf = (newestFirst: readonly Kept[]): string[] => newestFirst.map(({ name }) => name).reverse();

/** While the newest run says that something is wrong, the old ones may be all that is left. */
function whyFrozen(newestFirst: readonly Kept[]): string | undefined {
  const newest = newestFirst.find(({ state }) => state !== 'open');
  if (newest?.state === 'failed') return `the newest run ${newest.name} has failed`;
  const suspicious = newestFirst.find(({ state }) => state === 'suspicious' || state === 'good');
  return suspicious?.state === 'suspicious' ? `the newest backup ${suspicious.name} is suspicious` : undefined;
}

function goodToGo(newestFirst: readonly Kept[], policy: Policy, now: number): Kept[] {
  const { keepLast = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0, keepYearly = 0, maxAgeMs, minKeep, timeZone } = policy;
  const calendar = calendarOf(timeZone);
  const wanted = new Set([
    ...newestFirst.slice(0, keepLast),
    ...newestOfEach(newestFirst, keepDaily, ({ at }) => calendar(at).day),
    ...newestOfEach(newestFirst, keepWeekly, ({ at }) => calendar(at).week),
    ...newestOfEach(newestFirst, keepMonthly, ({ at }) => calendar(at).day.slice(0, -3)),
    ...newestOfEach(newestFirst, keepYearly, ({ at }) => calendar(at).day.slice(0, -6)),
    ...(keepLast + keepDaily + keepWeekly + keepMonthly + keepYearly === 0 ? newestFirst : []),
  ]);
  const spared = new Set(newestFirst.slice(0, Math.max(1, minKeep)));
  const tooOld = ({ at }: Kept): boolean => maxAgeMs !== undefined && now - at > maxAgeMs;
  return newestFirst.filter((run) => !run.pinned && !spared.has(run) && (!wanted.has(run) || tooOld(run)));
}

/** The newest run of each of the last periods that have one. */
function newestOfEach(newestFirst: readonly Kept[], periods: number, periodOf: (run: Kept) => string): Kept[] {
  if (periods === 0) return [];
  const found = new Map<string, Kept>();
  for (const run of newestFirst) {
    const period = periodOf(run);
    if (!found.has(period)) found.set(period, run);
    if (found.size === periods) break;
  }
  return [...found.values()];
}

/** The day, as 2026-01-02, and the first day of the week (Monday) of a moment. */
function calendarOf(timeZone: string): (at: number) => { day: string; week: string } {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => {
    const day = format.format(at);
    const midnight = Date.parse(`${day}T00:00:00Z`);
    const monday = midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * 86_400_000;
    return { day, week: new Date(monday).toISOString().slice(0, 10) };
  };
}
