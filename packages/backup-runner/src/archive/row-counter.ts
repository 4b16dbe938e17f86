// COPY's text format: one line a row, whatever the row holds, since line ends in values are escaped. The line `\.` ends it.

const NEWLINE = 0x0a;
const END_LINE = [0x5c, 0x2e, NEWLINE] as const;
const WITHIN_A_LINE = -1;

/** Counts the rows of one table, from slices that are cut anywhere. */
export class RowCounter {
  rows = 0;
  /** Whether the line `\.` was seen. */
  ended = false;
  /** How much of the end line was seen since the start of a line. */
  #matched = 0;
  // Where the next newline of a buffer is: no byte is searched twice, however small the slices.
  #buffer: Buffer | undefined;
  #newline = -1;

  /** Counts what lies between two places of a buffer. */
  scan(buffer: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.ended) return this.#requireNewlines(buffer, at, end);
      if (this.#matched !== WITHIN_A_LINE && this.#matchEnd(buffer[at])) at += 1;
      else at = this.#passLine(buffer, at, end);
    }
  }

  /** Whether the block broke a rule of the format after its end line. */
  broken = false;

  #matchEnd(byte: number | undefined): boolean {
    if (byte !== END_LINE[this.#matched]) {
      this.#matched = WITHIN_A_LINE;
      return false;
    }
    this.#matched += 1;
    this.ended = this.#matched === END_LINE.length;
    return true;
  }

  #passLine(buffer: Buffer, at: number, end: number): number {
    const newline = this.#nextNewline(buffer, at);
    if (newline >= end) {
      this.#matched = WITHIN_A_LINE;
      return end;
    }
    this.rows += 1;
    this.#matched = 0;
    return newline + 1;
  }

  #nextNewline(buffer: Buffer, at: number): number {
    if (this.#buffer === buffer && this.#newline >= at) return this.#newline;
    const found = buffer.indexOf(NEWLINE, at);
    this.#buffer = buffer;
    this.#newline = found === -1 ? buffer.length : found;
    return this.#newline;
  }

  #requireNewlines(buffer: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at += 1) this.broken ||= buffer[at] !== NEWLINE;
  }
}
