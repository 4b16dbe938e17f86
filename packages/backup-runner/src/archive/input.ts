// The bytes of an archive as they arrive, and how pg_dump writes its numbers and strings into them.

/** Generators of this folder yield when they need bytes that have not come yet. */
export type Reading<T> = Generator<undefined, T, undefined>;

/** Bytes that do not make an archive. */
export class ArchiveError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArchiveError';
  }
}

// Names in a table of contents are short. What is longer is skipped, never held: definitions may be of any length.
// That of 1,600 columns, the most that a table has, in a statement that copies it: 63 bytes each, in quotes, which may be doubled.
const LONGEST_TEXT = 256 * 1024;
const NOTHING = Buffer.alloc(0);

/** A window on the stream: one chunk, and before it the few bytes of the last one that were not whole. */
export class Input {
  buffer: Buffer = NOTHING;
  at = 0;
  /** Bytes of an integer without its sign; the header says how many. */
  intSize = 4;

  /** Appends a chunk. Copies only when an integer or a name lies across the border. */
  push(chunk: Buffer): void {
    this.buffer = this.at === this.buffer.length ? chunk : Buffer.concat([this.buffer.subarray(this.at), chunk]);
    this.at = 0;
  }

  get available(): number {
    return this.buffer.length - this.at;
  }

  /** Whether a whole integer is there. */
  hasInt(): boolean {
    return this.buffer.length - this.at > this.intSize;
  }

  /** An integer that is there: its sign, then its bytes, the lowest first, whatever the machine. */
  takeInt(): number {
    const { buffer, at, intSize } = this;
    let value = 0;
    for (let index = intSize; index > 0; index -= 1) value = value * 256 + (buffer[at + index] ?? 0);
    this.at = at + 1 + intSize;
    return buffer[at] === 0 ? value : -value;
  }

  *bytes(length: number): Reading<Buffer> {
    while (this.available < length) yield;
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }

  *byte(): Reading<number> {
    while (this.available < 1) yield;
    this.at += 1;
    return this.buffer[this.at - 1] ?? 0;
  }

  *int(): Reading<number> {
    while (!this.hasInt()) yield;
    return this.takeInt();
  }

  /** A string; undefined where pg_dump wrote a null pointer. */
  *text(): Reading<string | undefined> {
    const length = yield* this.int();
    if (length < 0) return undefined;
    if (length > LONGEST_TEXT) throw new ArchiveError(`a name of ${length} bytes in the table of contents`);
    return (yield* this.bytes(length)).toString('utf8');
  }

  /** Passes over a string without holding it. True if there was one. */
  *skipText(): Reading<boolean> {
    const length = yield* this.int();
    yield* this.skip(length);
    return length >= 0;
  }

  *skip(length: number): Reading<void> {
    let left = length;
    while (left > 0) {
      if (this.available === 0) yield;
      const step = Math.min(left, this.available);
      this.at += step;
      left -= step;
    }
  }
}
