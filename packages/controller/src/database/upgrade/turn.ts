// What one look at an upgrade comes to. Pure.
import { isFencedStep, timeOf, type DatabaseStatus, type Upgrade, type UpgradeStep } from '@postgres-operator/api';
import type { Effect } from '../../reconcile/plan.ts';
import type { DatabaseWorld } from '../world.ts';
import type { UpgradeJob } from './desired-work.ts';

/** An upgrade that is under way, and what surrounds it. */
export interface Seen {
  readonly world: DatabaseWorld;
  readonly upgrade: Upgrade;
  readonly now: number;
}

export interface Turn {
  readonly effects: readonly Effect[];
  /** A Job of a runner to start, after the effects. */
  readonly job?: UpgradeJob;
  /** Where it is by now. */
  readonly upgrade: Upgrade;
  /** What of before is kept. */
  readonly kept: Pick<DatabaseStatus, 'previous' | 'previousImage'>;
}

/** What else happens in a turn. */
export type More = Partial<Pick<Turn, 'effects' | 'job' | 'kept'>>;

/** What a Database says of data that it keeps. */
export const keptOf = ({ previous, previousImage }: DatabaseStatus = {}): Turn['kept'] => ({ ...(previousImage !== undefined && { previousImage }), ...(previous && { previous }) });

const turn = ({ world }: Seen, upgrade: Upgrade, more: More): Turn => ({ effects: [], kept: keptOf(world.database.status), ...more, upgrade });

/** The step goes on: what it waits for, and how far it is, in place of what was said before. */
export const stay = (seen: Seen, said: Pick<Upgrade, 'reason' | 'message' | 'percent' | 'estimatedCompletionTime' | 'bytes' | 'backup'>, more: More = {}): Turn =>
  turn(seen, { ...without(seen.upgrade, 'reason', 'message', 'percent'), ...said }, more);

/** The next step begins. */
export function goTo(seen: Seen, step: UpgradeStep, found: Partial<Upgrade> = {}, more: More = {}): Turn {
  const begun: Upgrade = { ...without(seen.upgrade, 'message', 'percent', 'estimatedCompletionTime', 'reason'), ...found, step, attempt: 1, stepStartedAt: timeOf(seen.now) };
  return turn(seen, { ...begun, ...(KEPT_OUT.includes(step) && expected(begun, seen.now)) }, more);
}

/** On the way, while clients wait for its end. */
const KEPT_OUT: readonly UpgradeStep[] = ['Fencing', 'BackingUp', 'Switching', 'Loading'];

/** When clients will probably be let in, by what the checks have estimated; nothing once that is past. */
export function expected({ fencedAt, estimatedSeconds }: Upgrade, now: number): Pick<Upgrade, 'estimatedCompletionTime'> {
  const end = Date.parse(fencedAt ?? '') + (estimatedSeconds ?? Number.NaN) * 1000;
  return end > now ? { estimatedCompletionTime: timeOf(end) } : {};
}

const without = <Key extends keyof Upgrade>(upgrade: Upgrade, ...keys: Key[]): Omit<Upgrade, Key> =>
  Object.fromEntries(Object.entries(upgrade).filter(([key]) => !keys.includes(key as Key))) as Omit<Upgrade, Key>;

/** An upgrade that nobody asks for any more: it answers nothing, so that asking for it again begins another one. */
export const withdrawn = (upgrade: Upgrade): Upgrade => without(upgrade, 'basis');

/** The work of the step is done once more. */
export const tryAgain = (seen: Seen, message: string): Turn => turn(seen, { ...seen.upgrade, attempt: seen.upgrade.attempt + 1, message }, {});

/** It is not to be. Where clients are kept out already, the old servers come back first. */
export function takeBack(seen: Seen, { reason, message }: { readonly reason: string; readonly message: string }, more: More = {}): Turn {
  // Of what is given, nothing else belongs into a status: the API server would not take it.
  const why = { reason, message };
  return isFencedStep(seen.upgrade.step) ? goTo(seen, 'Returning', why, more) : goTo(seen, 'Failed', { ...why, finishedAt: timeOf(seen.now) }, more);
}
