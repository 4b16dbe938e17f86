// Many random schedules, with a seed that plays them again.
import fc from 'fast-check';
import type { Breakage } from './operator-process.ts';
import { beginnings, playSchedule } from './schedule.ts';

/** Ends what hangs. Machines differ: ten thousand schedules take one of them five minutes. */
export const PATIENCE_MS = 600_000;
/** Steps of the random part; what follows from them is played to its end. */
const LONGEST = 50;

export interface Finding {
  /** How many schedules it took. */
  readonly schedules: number;
  /** The shortest schedule that shows it, step by step. */
  readonly story: string;
}

interface Campaign {
  readonly runs: number;
  readonly seed: number;
  readonly breakage?: Breakage;
  /** Looks for the shortest schedule that shows a finding. */
  readonly shrink?: boolean;
}

/** Plays schedules until one breaks a law; undefined when none does. */
export async function campaign({ runs, seed, breakage, shrink = true }: Campaign): Promise<Finding | undefined> {
  const worlds = await beginnings();
  const schedule = fc.tuple(fc.constantFrom(...worlds.keys()), fc.array(fc.nat(2 ** 31 - 1), { maxLength: LONGEST, size: 'max' }));
  const play = async ([beginning, numbers]: readonly [number, readonly number[]], trace?: string[]): Promise<void> => {
    const from = worlds[beginning];
    if (from !== undefined) await playSchedule({ from, numbers, breakage, ...(trace && { trace }) });
  };
  // Refusals are part of the play, and most of what an error costs is its stack.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const result = await fc.check(fc.asyncProperty(schedule, (one) => play(one)), { seed, numRuns: runs, endOnFailure: !shrink });
  Error.stackTraceLimit = stackTraceLimit;
  if (result.counterexample === null) return undefined;
  const trace: string[] = [];
  await play(result.counterexample[0], trace).catch((error: unknown) => trace.push(String(error)));
  return { schedules: result.numRuns, story: trace.join('\n  ') };
}
