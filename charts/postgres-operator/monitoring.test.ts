// Alerts and dashboard ask for nothing that the controller does not tell.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../packages/controller/src/metrics.ts';
import { createCaches } from '../../packages/controller/src/reconcile/caches.ts';
import { queriesOf } from '../../e2e/monitoring/dashboard.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, 'files', file), 'utf8');
const alerts = (parse(read('alerts.yaml')) as { groups: { rules: { alert: string; expr: string }[] }[] }).groups.flatMap(({ rules }) => rules);
const queries = queriesOf(read('dashboard.json'));

const known = new Set(createMetrics({ caches: createCaches(), queues: {}, reflectors: () => [], leading: () => true }).registry.getMetricsAsArray().map(({ name }) => name));

const named = (expression: string): string[] => [...new Set([...expression.matchAll(/\b(?:database|process)_\w+/g)].map(([name]) => name))];

test.each([...alerts.map(({ alert, expr }) => ({ what: `alert ${alert}`, expr })), ...queries.map(({ panel, expr }) => ({ what: `panel ${panel}`, expr }))])('$what asks for metrics that there are', ({ expr }) => {
  expect(named(expr)).not.toEqual([]);
  expect(named(expr).filter((name) => !known.has(name))).toEqual([]);
});

describe('the dashboard', () => {
  const panels = (JSON.parse(read('dashboard.json')) as { panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number } }[] }).panels;

  test('has panels with ids and titles of their own, none over another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`));
    expect(new Set(cells).size).toBe(cells.length);
  });
});
