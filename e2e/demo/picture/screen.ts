// Which of the lines of a demo are shown, where, and when. Pure.
import type { Line } from './record.ts';

/** A row of the picture. */
export interface Row {
  readonly text: string;
  /** When it is there: seconds since the start. */
  readonly at: number;
  /** What stands in its place before: a step at work. */
  readonly before?: Line;
}

/** The parts of the demo's report that are shown; the others have long names and paths of the machine. */
const SHOWN = new Set(['What each table held:', 'What the drill found:']);

/** Letters that fit a row: as many as the widest table has. */
const COLUMNS = 110;

/** A record without the pauses that are longer than so many seconds: these are made so long. */
export function withoutPauses(lines: readonly Line[], most: number): Line[] {
  let at = 0;
  return lines.map(({ text, at: real }, index) => {
    at += Math.min(most, real - (lines[index - 1]?.at ?? 0));
    return { text, at };
  });
}

/** The prompt, each step in one row, the parts of the report that are shown, and the verdict. */
export function screenOf(prompt: string, lines: readonly Line[]): Row[] {
  const steps: Row[] = lines.flatMap(({ text, at }, index) => {
    const title = /^▸ (.*) \(usually [^(]*\)$/.exec(text)?.[1];
    const done = title === undefined ? undefined : lines.slice(index).find((line) => line.text.startsWith(`✓ ${title}: `));
    return done === undefined ? [] : [{ ...done, before: { text: `▸ ${title} …`, at } }];
  });
  const parts = lines.flatMap(({ text }, index) => (SHOWN.has(text) ? apart(partOf(lines.slice(index))) : []));
  const verdict = lines.filter(({ text }) => /^✓ .*\.$/.test(text));
  return [{ text: prompt, at: 0 }, ...steps, ...parts, ...apart(verdict)];
}

/** Rows with a blank one before them. */
const apart = (rows: readonly Row[]): Row[] => [...rows.slice(0, 1).map(({ at }) => ({ text: '', at })), ...rows];

/** A heading with what it says: up to the blank line after that. */
function partOf([heading, ...rest]: readonly Line[]): Row[] {
  if (heading === undefined) return [];
  const first = rest.findIndex(({ text }) => text !== '');
  const end = rest.findIndex(({ text }, index) => index > first && text === '');
  const said = rest.slice(first, end < 0 ? undefined : end);
  return [heading, ...said.flatMap(({ text, at }) => wrapped(text).map((line) => ({ text: line, at })))];
}

/** A line in rows of at most so many letters, cut at blanks and indented as it was. */
function wrapped(text: string): string[] {
  const end = text.length <= COLUMNS ? -1 : text.lastIndexOf(' ', COLUMNS);
  if (end <= 0) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  return end <= indent.length ? [text] : [text.slice(0, end), ...wrapped(indent + text.slice(end + 1))];
}
