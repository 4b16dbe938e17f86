/** Turns one number of a schedule into choices. Zero always chooses what comes first, so that shrinking makes things calm. */
export class Dice {
  #value: number;

  constructor(value: number) {
    this.#value = value;
  }

  /** One of `count` possibilities, from 0. */
  below(count: number): number {
    const chosen = this.#value % count;
    this.#value = Math.floor(this.#value / count);
    return chosen;
  }

  of<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.below(list.length)];
  }
}

/** Something that can happen now. */
export interface Step {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}
