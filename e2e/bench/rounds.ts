// Contenders in turns: what the machine does besides then meets all of them alike. Pure but for what they do.
import { percentile } from '../campaigns/report.ts';

/** What one run of a contender took. */
export interface Effort {
  readonly seconds: number;
  /** User and system time of its processes. */
  readonly cpuSeconds: number;
  /** Peak resident memory, in MB (10^6 bytes), summed over its processes. */
  readonly megabytes: number;
}

/** Efforts by contender, one a round. */
export type Rounds<Name extends string> = Readonly<Record<Name, readonly Effort[]>>;

/** Lets each contender run once a round. Every other round goes backwards, so that none always follows the same one. */
export async function inTurns<Name extends string>(rounds: number, contenders: Readonly<Record<Name, () => Promise<Effort>>>): Promise<Rounds<Name>> {
  const names = Object.keys(contenders) as Name[];
  const efforts = Object.fromEntries(names.map((name) => [name, [] as Effort[]])) as Record<Name, Effort[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) efforts[name].push(await contenders[name]());
  }
  return efforts;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** How long one took for each second of the other: the median of the rounds' ratios. */
export const ratio = (one: readonly Effort[], other: readonly Effort[]): number => median(one.map(({ seconds }, round) => seconds / (other[round]?.seconds ?? Number.NaN)));
