// The panels of a dashboard with what Prometheus answered, each as SVG. Pure.
import type { Panel } from '../dashboard.ts';
import type { Sample, Series, Span } from '../prometheus.ts';
import { scale, ticks } from './scale.ts';
import { cut, element, words } from '../../lib/svg.ts';
import { grainOf, withUnit } from './units.ts';

/** A place on the page, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const COLORS = ['#1f77b4', '#d62728', '#2ca02c', '#ff7f0e', '#9467bd', '#8c564b', '#17becf', '#7f7f7f'];
const BACKGROUNDS: Readonly<Record<string, string>> = { green: '#3f833f', red: '#c4162a', orange: '#e0752d', yellow: '#c8a415' };
const GREY = '#6b7280';
const LEGEND_LINE = 14;
const MAX_LEGENDS = 4;

/** The frame of a panel, and its title. */
function framed({ title }: Panel, { x, y, w, h }: Box, ...content: readonly string[]): string {
  const frame = element('rect', { x, y, width: w, height: h, rx: 3, fill: '#ffffff', stroke: '#d8dce2' });
  return element('g', {}, frame, words(x + 8, y + 17, cut(title, w - 12, 12), { 'font-size': 12, 'font-weight': 600 }), ...content);
}

/** A heading over the panels below. */
export const row = ({ title }: Panel, { x, y, h }: Box): string => words(x + 2, y + h - 8, title, { 'font-size': 14, 'font-weight': 600 });

/** One value, on the colour that it has. */
export function stat(panel: Panel, box: Box, [sample]: readonly Sample[]): string {
  const value = sample?.value ?? 0;
  const color = panel.steps.findLast((step) => step.value === null || value >= step.value)?.color ?? 'green';
  const { x, y, w, h } = box;
  const field = element('rect', { x: x + 6, y: y + 24, width: w - 12, height: h - 30, rx: 3, fill: BACKGROUNDS[color] ?? color });
  const shown = sample === undefined ? 'No data' : (panel.texts[String(value)] ?? withUnit(value, panel.unit));
  return framed(panel, box, field, words(x + w / 2, y + 24 + (h - 30) / 2 + 10, shown, { 'font-size': 30, fill: '#ffffff', 'text-anchor': 'middle' }));
}

/** A line of a chart, with its name. */
export interface Line {
  readonly name: string;
  readonly values: Series['values'];
}

/** Lines over a time, with what they are called below. */
export function timeseries(panel: Panel, box: Box, { lines, span }: { readonly lines: readonly Line[]; readonly span: Span }): string {
  const shown = [...lines].sort((one, other) => (one.name < other.name ? -1 : 1));
  const legends = Math.min(MAX_LEGENDS, shown.length);
  const area = { left: box.x + 62, right: box.x + box.w - 12, top: box.y + 30, bottom: box.y + box.h - 24 - legends * LEGEND_LINE };
  const all = shown.flatMap(({ values }) => values.map(([, value]) => value));
  const levels = ticks(all, 4, grainOf(Math.max(0, ...all), panel.unit));
  const toX = scale([span.from, span.to], [area.left, area.right]);
  const toY = scale([levels[0] ?? 0, levels.at(-1) ?? 1], [area.bottom, area.top]);
  const grid = levels.flatMap((level) => [
    element('line', { x1: area.left, x2: area.right, y1: toY(level), y2: toY(level), stroke: '#e5e7eb' }),
    words(area.left - 5, toY(level) + 3.5, withUnit(level, panel.unit), { 'font-size': 10, fill: GREY, 'text-anchor': 'end' }),
  ]);
  const hours = minutesOf(span).map((at) => words(toX(at), area.bottom + 13, new Date(at * 1000).toISOString().slice(11, 16), { 'font-size': 10, fill: GREY, 'text-anchor': 'middle' }));
  const drawn = shown.map(({ values }, index) => element('path', { d: pathOf(values, span.step, toX, toY), fill: 'none', stroke: colorOf(index), 'stroke-width': 1.5 }));
  return framed(panel, box, ...grid, ...hours, ...drawn, ...legend(shown, { ...box, y: area.bottom + 28 }));
}

const colorOf = (index: number): string => COLORS[index % COLORS.length] ?? GREY;

/** Whole minutes within, not more than six. */
function minutesOf({ from, to }: Span): number[] {
  const every = 60 * Math.max(1, Math.ceil((to - from) / 360));
  const first = Math.ceil(from / every) * every;
  return Array.from({ length: Math.floor((to - first) / every) + 1 }, (_, index) => first + index * every);
}

/** A stroke from moment to moment, lifted where there was none for longer. */
function pathOf(values: Series['values'], step: number, toX: (value: number) => number, toY: (value: number) => number): string {
  return values
    .map(([at, value], index) => {
      const goesOn = index > 0 && at - (values[index - 1]?.[0] ?? 0) <= step * 1.5;
      return `${goesOn ? 'L' : 'M'}${toX(at).toFixed(1)} ${toY(value).toFixed(1)}`;
    })
    .join('');
}

function legend(lines: readonly Line[], { x, y, w }: Box): string[] {
  return lines.slice(0, MAX_LEGENDS).flatMap(({ name }, index) => {
    const more = index === MAX_LEGENDS - 1 && lines.length > MAX_LEGENDS ? ` (and ${lines.length - MAX_LEGENDS} more)` : '';
    const at = y + index * LEGEND_LINE;
    return [element('line', { x1: x + 10, x2: x + 24, y1: at - 4, y2: at - 4, stroke: colorOf(index), 'stroke-width': 2.5 }), words(x + 29, at, `${cut(name, w - 45 - more.length * 6)}${more}`, { 'font-size': 11 })];
  });
}

/** Rows of labels and values, under the names of the columns. */
export function table(panel: Panel, box: Box, { head, rows }: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }): string {
  const { x, y, w, h } = box;
  const lengths = head.map((name, index) => Math.max(name.length, ...rows.map((cells) => cells[index]?.length ?? 0)) + 2);
  const placeOf = scale([0, lengths.reduce((sum, length) => sum + length, 0)], [x + 8, x + w - 8]);
  const places = lengths.map((_, index) => placeOf(lengths.slice(0, index).reduce((sum, length) => sum + length, 0)));
  const widthOf = (index: number): number => (places[index + 1] ?? x + w - 8) - (places[index] ?? 0) - 4;
  const lineOf = (cells: readonly string[], at: number, weight: number): string[] => cells.map((cell, index) => words(places[index] ?? x, at, cut(cell, widthOf(index)), { 'font-size': 11, 'font-weight': weight }));
  const fit = Math.floor((h - 50) / 18);
  return framed(panel, box, ...lineOf(head, y + 40, 600), element('line', { x1: x + 6, x2: x + w - 6, y1: y + 46, y2: y + 46, stroke: '#d8dce2' }), ...rows.slice(0, fit).flatMap((cells, index) => lineOf(cells, y + 62 + index * 18, 400)));
}
