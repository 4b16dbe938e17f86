// Where the plugin writes: what was asked for to stdout, all else to stderr.

/** Puts color on words, where there is a terminal for it. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

export interface Terminal {
  /** For what is written to stdout. */
  readonly paint: Paint;
  /** Writes lines of the answer. */
  out(text: string): void;
  /** Writes a line beside the answer. */
  note(text: string): void;
  /** Shows how something stands: on a terminal in the place of what was shown before, in a pipe as a line, where `step` is another one than before. */
  live(text: string, step: string): void;
}

/** A stream as far as it is used. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CODES = { good: 32, bad: 31, faint: 2, strong: 1 } as const;

/** Words as they are. */
export const PLAIN: Paint = { good: (text) => text, bad: (text) => text, faint: (text) => text, strong: (text) => text };

const ansi = (code: number) => (text: string): string => `\u001b[${code}m${text}\u001b[0m`;
const COLORS: Paint = { good: ansi(CODES.good), bad: ansi(CODES.bad), faint: ansi(CODES.faint), strong: ansi(CODES.strong) };

const WIDTH = 80;
const CLEAR_LINE = '\r\u001b[2K';

/** A terminal on two streams; `environment` may say that no color is wanted (NO_COLOR, TERM=dumb). */
export function createTerminal(stdout: Sink, stderr: Sink, environment: Readonly<Record<string, string | undefined>>): Terminal {
  const isPlain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  let shown = '';
  const clear = (): void => {
    if (shown === '' || stderr.isTTY !== true) return;
    stderr.write(CLEAR_LINE);
    shown = '';
  };
  return {
    paint: stdout.isTTY === true && !isPlain ? COLORS : PLAIN,
    out(text) {
      clear();
      stdout.write(`${text}\n`);
    },
    note(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    live(text, step) {
      if (stderr.isTTY === true) {
        // A line that is broken in two could not be taken back.
        stderr.write(`${CLEAR_LINE}${text.slice(0, (stderr.columns ?? WIDTH) - 1)}`);
        shown = text;
      } else if (step !== shown) {
        stderr.write(`${text}\n`);
        shown = step;
      }
    },
  };
}
