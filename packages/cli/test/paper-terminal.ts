import { PLAIN, type Terminal } from '../src/terminal/terminal.ts';

/** A terminal that remembers: `out` the answer, `beside` all else, of what is live each step once. */
export function paperTerminal(): Terminal & { readonly out: (text: string) => void; readonly answer: string[]; readonly beside: string[] } {
  const answer: string[] = [];
  const beside: string[] = [];
  let last = '';
  return {
    paint: PLAIN,
    answer,
    beside,
    out: (text) => void answer.push(text),
    note: (text) => void beside.push(text),
    live(text, step) {
      if (step !== last) beside.push(text);
      last = step;
    },
  };
}
