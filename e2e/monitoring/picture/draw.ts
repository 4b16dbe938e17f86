// A dashboard as one SVG, with what a Prometheus answers to its queries.
import { panelsOf, type Panel, type Target } from '../dashboard.ts';
import type { Prometheus, Sample, Span } from '../prometheus.ts';
import { row, stat, table, timeseries, type Box } from './panels.ts';
import { element, words } from '../../lib/svg.ts';
import { withUnit } from './units.ts';

/** Pixels of a cell, and between panels. */
const [CELL_WIDTH, CELL_HEIGHT, GAP, HEAD] = [50, 26, 6, 34];

/** Draws every panel where the dashboard has it. */
export async function drawDashboard(dashboard: string, prometheus: Pick<Prometheus, 'query' | 'queryRange'>, span: Span): Promise<string> {
  const { title } = JSON.parse(dashboard) as { title: string };
  const panels = panelsOf(dashboard);
  const drawn: string[] = [];
  for (const panel of panels) drawn.push(await drawPanel(panel, prometheus, span));
  const [width, height] = [24 * CELL_WIDTH, HEAD + CELL_HEIGHT * Math.max(...panels.map(({ cells }) => cells.y + cells.h)) + GAP];
  const page = element('rect', { width, height, fill: '#f4f5f5' });
  const heading = words(10, 23, `${title}: ${clock(span.from)} to ${clock(span.to)} UTC`, { 'font-size': 16, 'font-weight': 600 });
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, 'font-family': 'Inter, Helvetica, Arial, sans-serif', fill: '#1f2933' }, page, heading, ...drawn)}\n`;
}

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');

const boxOf = ({ cells: { x, y, w, h } }: Panel): Box => ({ x: x * CELL_WIDTH + GAP / 2, y: HEAD + y * CELL_HEIGHT + GAP / 2, w: w * CELL_WIDTH - GAP, h: h * CELL_HEIGHT - GAP });

async function drawPanel(panel: Panel, prometheus: Pick<Prometheus, 'query' | 'queryRange'>, span: Span): Promise<string> {
  const box = boxOf(panel);
  const [first] = panel.targets;
  switch (panel.type) {
    case 'row':
      return row(panel, box);
    case 'stat':
      return stat(panel, box, first === undefined ? [] : await prometheus.query(first.expr));
    case 'table': {
      const answers = await Promise.all(panel.targets.map(async (target) => ({ target, samples: await prometheus.query(target.expr) })));
      return table(panel, box, merged(panel, answers));
    }
    case 'timeseries': {
      const answers = await Promise.all(panel.targets.map(async ({ expr, legendFormat }) => (await prometheus.queryRange(expr, span)).map(({ metric, values }) => ({ name: named(legendFormat, metric), values }))));
      return timeseries(panel, box, { lines: answers.flat(), span });
    }
  }
}

/** A legend with the values of its labels. */
const named = (format: string, metric: Readonly<Record<string, string>>): string => format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_all, label: string) => metric[label] ?? '').trim();

/** Answers with the same labels in one row, as Grafana's transformation "merge" does it; a single value of 1 is not shown: it says that the row is there. */
function merged({ columns }: Panel, answers: readonly { readonly target: Target; readonly samples: readonly Sample[] }[]): { head: string[]; rows: string[][] } {
  const labels = [...new Set(answers.flatMap(({ samples }) => samples.flatMap(({ metric }) => Object.keys(metric))))];
  const shown = answers.filter(() => answers.length > 1).map(({ target, samples }) => ({ name: columns[`Value #${target.refId}`] ?? target.refId, samples }));
  const keyOf = ({ metric }: Sample): string => JSON.stringify(labels.map((label) => metric[label] ?? ''));
  const keys = [...new Set(answers.flatMap(({ samples }) => samples.map(keyOf)))].sort();
  const valueOf = ({ name, samples }: { name: string; samples: readonly Sample[] }, key: string): string => {
    const found = samples.find((sample) => keyOf(sample) === key);
    return found === undefined ? '' : withUnit(found.value, name.endsWith(' run') ? 'dateTimeAsIso' : 'none');
  };
  return { head: [...labels, ...shown.map(({ name }) => name)], rows: keys.map((key) => [...(JSON.parse(key) as string[]), ...shown.map((answer) => valueOf(answer, key))]) };
}
