// Rows of a terminal as an SVG that plays once and stays as it was at the end. Pure; no scripts, so that it moves in a README too.
import { element, words } from '../../lib/svg.ts';
import type { Row } from './screen.ts';

/** Pixels: of a letter, a row, and around them. */
const [LETTER, ROW, EDGE, SIZE] = [7.25, 17, 14, 12];

/** A terminal has colours of its own, which are readable on a light and on a dark page. */
const COLOURS = { page: '#161b22', text: '#d0d7de', good: '#56d364', busy: '#e3b341', prompt: '#79c0ff' };

/** "there" is hidden until its time comes, "gone" is seen while its time lasts. Where nothing may move, the end is shown. */
const STYLE = `.there{animation:there 1ms backwards}.gone{visibility:hidden;animation:gone}@keyframes there{from{visibility:hidden}}@keyframes gone{from,to{visibility:visible}}@media(prefers-reduced-motion:reduce){*{animation:none!important}}`;

/** Draws the rows; `title` is what somebody hears who cannot see them. */
export function drawTerminal(title: string, rows: readonly Row[]): string {
  const letters = Math.max(...rows.flatMap(({ text, before }) => [text.length, before?.text.length ?? 0]));
  const [width, height] = [Math.ceil(2 * EDGE + letters * LETTER), 2 * EDGE + rows.length * ROW];
  const frame = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, 'font-family': 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace', 'font-size': SIZE, 'xml:space': 'preserve', role: 'img' };
  const page = element('rect', { width, height, rx: 8, fill: COLOURS.page });
  return `${element('svg', frame, element('title', {}, title), element('style', {}, STYLE), page, ...rows.flatMap(drawRow))}\n`;
}

function drawRow({ text, at, before }: Row, index: number): string[] {
  if (text === '') return [];
  const y = EDGE + (index + 0.75) * ROW;
  const seconds = (value: number): string => `${Math.round(value * 100) / 100}s`;
  const drawn = words(EDGE, y, text, { fill: colourOf(text), class: 'there', style: `animation-delay:${seconds(at)}` });
  if (before === undefined) return [drawn];
  return [words(EDGE, y, before.text, { fill: COLOURS.busy, class: 'gone', style: `animation-delay:${seconds(before.at)};animation-duration:${seconds(at - before.at)}` }), drawn];
}

function colourOf(text: string): string {
  if (text.startsWith('$ ')) return COLOURS.prompt;
  return /^✓|✓ equal$/.test(text) ? COLOURS.good : COLOURS.text;
}
