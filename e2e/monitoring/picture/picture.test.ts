import { describe, expect, it } from 'vitest';
import { drawDashboard } from './draw.ts';
import { ticks } from './scale.ts';
import { cut, words } from '../../lib/svg.ts';
import { withUnit } from './units.ts';

describe('Values are written as Grafana writes them', () => {
  it.each([
    [0, 's', '0 s'],
    [0.25, 's', '250 ms'],
    [5, 's', '5 s'],
    [90, 's', '1.5 min'],
    [7200, 's', '2 h'],
    [1536, 'bytes', '1.5 KiB'],
    [70 * 2 ** 20, 'bytes', '70 MiB'],
    [12_500, 'short', '12.5 K'],
    [3, 'none', '3'],
    [0.5, 'ops', '0.5 ops/s'],
    [0, 'dateTimeAsIso', '1970-01-01 00:00:00'],
  ])('%d in %s: %s', (value, unit, text) => {
    expect(withUnit(value, unit)).toBe(text);
  });
});

describe('An axis', () => {
  it.each([
    [[0, 7], 1, [0, 2, 4, 6, 8]],
    [[130, 480], 1, [0, 200, 400, 600]],
    [[-3, 3], 1, [-4, -2, 0, 2, 4]],
    [[20, 400], 60, [0, 120, 240, 360, 480]],
  ])('of %j has values around all of them that are round in %d', (values, grain, wanted) => {
    expect(ticks(values, 4, grain)).toEqual(wanted);
  });

  it('of nothing but zeros has two ends all the same', () => {
    expect(ticks([0, 0], 4)).toEqual([0, 1]);
  });
});

it('Words are cut to their width, and mean nothing to SVG', () => {
  expect([cut('orders', 100), cut('a very long name', 40)]).toEqual(['orders', 'a ver…']);
  expect(words(1, 2, '<a & "b">')).toBe('<text x="1" y="2">&lt;a &amp; &quot;b&quot;&gt;</text>');
});

it('A panel is drawn with its title, its unit, the names of its series and the rows of its table', async () => {
  const at = (x: number): object => ({ x, y: 0, w: 8, h: 8 });
  const panels = [
    { title: 'Size', type: 'timeseries', gridPos: at(0), fieldConfig: { defaults: { unit: 'bytes' } }, targets: [{ refId: 'A', expr: 'size', legendFormat: '{{namespace}}/{{database}}' }] },
    { title: 'At work', type: 'stat', gridPos: at(8), fieldConfig: { defaults: { mappings: [{ options: { 1: { text: 'yes' } } }] } }, targets: [{ refId: 'A', expr: 'leader', legendFormat: '' }] },
    { title: 'Schedules', type: 'table', gridPos: at(16), targets: ['A', 'B'].map((refId) => ({ refId, expr: `${refId}_runs`, legendFormat: '' })), transformations: [{ options: { renameByName: { 'Value #A': 'Last run', 'Value #B': 'Missed' } } }] },
  ];
  const metric = { namespace: 'shop', database: 'orders' };
  const svg = await drawDashboard(JSON.stringify({ title: 'All', panels }), {
    query: (expr) => Promise.resolve(expr === 'leader' ? [{ metric: {}, value: 1 }] : [{ metric, value: 7 }]),
    queryRange: () => Promise.resolve([{ metric, values: [[0, 0], [60, 2048]] }]),
  }, { from: 0, to: 60, step: 60 });
  for (const text of ['All: 1970', 'Size', '1 KiB', 'shop/orders', 'At work', 'yes', 'Last run', '1970-01-01 00:00:00', 'Missed', '>7<']) expect(svg).toContain(text);
});
