// Chance that can be played again.

/** Choices that follow from a seed. */
export interface Dice {
  /** 0 to 1, without the 1. */
  share(): number;
  /** One of `count` numbers, from 0. */
  below(count: number): number;
  of<const T>(list: readonly [T, ...T[]]): T;
}

/** Makes dice; those of neighbouring seeds have nothing in common (mulberry32). */
export function diceOf(seed: number): Dice {
  let state = seed | 0;
  const share = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(share() * count);
  return { share, below, of: (list) => list[below(list.length)] ?? list[0] };
}
