// What can disturb a restore that runs, drawn by lot. Pure.
import type { Dice } from '../backup/dice.ts';

/** What happens to the run. */
export type Strike =
  | { readonly on: 'place'; readonly place: string; readonly how: 'kill' | 'error' }
  /** After a share of the time that an undisturbed run takes. */
  | { readonly on: 'runner' | 'pg_restore'; readonly signal: 'SIGKILL' | 'SIGTERM'; readonly at: number }
  | { readonly on: 'session'; readonly how: 'ended' | 'cancelled'; readonly at: number };

/** One way in which a restore is asked for and disturbed. */
export interface Disturbance {
  /** The kind, a row of the table. */
  readonly kind: string;
  readonly strike: Strike;
  readonly keep: boolean;
  readonly jobs: number;
  readonly replace: boolean;
}

const STEPS = ['look', 'verify', 'create', 'load', 'analyze', 'count', 'copy', 'record', 'swap', 'finish', 'drop'] as const;

function drawStrike(dice: Dice): [kind: string, strike: Strike] {
  const at = dice.share();
  switch (dice.below(5)) {
    case 0: {
      const how = dice.of(['kill', 'error']);
      const place = `${dice.of(['before', 'after'])}-${dice.of(STEPS)}`;
      return [how === 'kill' ? 'the runner is killed before or after a step' : 'a step fails', { on: 'place', place, how }];
    }
    case 1:
      return ['the runner is killed at any moment', { on: 'runner', signal: 'SIGKILL', at }];
    case 2:
      return ['the runner gets SIGTERM at any moment', { on: 'runner', signal: 'SIGTERM', at }];
    case 3: {
      const signal = dice.of(['SIGKILL', 'SIGTERM']);
      return ['pg_restore is ended', { on: 'pg_restore', signal, at }];
    }
    default: {
      const how = dice.of(['ended', 'cancelled']);
      return [how === 'ended' ? 'the server ends a session of it' : 'a statement of it fails', { on: 'session', how, at }];
    }
  }
}

/** Draws the disturbance of a trial. */
export function drawDisturbance(dice: Dice): Disturbance {
  const [kind, strike] = drawStrike(dice);
  const replace = dice.below(6) === 0;
  return { kind: replace ? `${kind} (Replace)` : kind, strike, keep: dice.below(2) === 0, jobs: dice.of([1, 1, 2]), replace };
}
