import type { Input } from './input.ts';

/** Gives on what an input is read past, unless it was told to stop. */
export class Verbatim {
  /** Where in the input's buffer that begins which was read and not yet given. */
  #from: number | undefined = 0;
  readonly #input: Input;
  readonly #take: (bytes: Buffer) => void;

  constructor(input: Input, take: (bytes: Buffer) => void) {
    this.#input = input;
    this.#take = take;
  }

  give(): void {
    if (this.#from === undefined) return;
    if (this.#from < this.#input.at) this.#take(this.#input.buffer.subarray(this.#from, this.#input.at));
    this.#from = this.#input.at;
  }

  /** Lets `change` replace the input's buffer. */
  around(change: () => void): void {
    this.give();
    change();
    if (this.#from !== undefined) this.start();
  }

  stop(): void {
    this.give();
    this.#from = undefined;
  }

  start(): void {
    this.#from = this.#input.at;
  }
}
