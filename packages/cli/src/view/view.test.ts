import { describe, expect, test } from 'vitest';
import { NOW } from '../../test/objects.ts';
import { bar, progressLine } from './bar.ts';
import { logLine } from './log-line.ts';
import { table } from './table.ts';
import { fromNow } from './times.ts';

describe('a bar', () => {
  test.each([
    [0, '[------------------------]   0 %'],
    [50, '[############------------]  50 %'],
    [100, '[########################] 100 %'],
  ])('of %d percent', (percent, says) => expect(bar(percent)).toBe(says));
});

describe('progress', () => {
  const progress = { percent: 25, bytes: 1536 * 1024, observedAt: '2026-01-02T03:04:00Z' };
  test.each([
    ['at its least', {}, '[######------------------]  25 %  1.5Mi'],
    ['with a table and an end', { table: 'public.orders', estimatedCompletionTime: '2026-01-02T03:07:17Z' }, '[######------------------]  25 %  1.5Mi  about 3m12s left  public.orders'],
    ['whose end should have come says no time', { estimatedCompletionTime: '2026-01-02T03:04:00Z' }, '[######------------------]  25 %  1.5Mi'],
    ['that nobody heard of for a while', { observedAt: '2026-01-02T03:02:05Z' }, '[######------------------]  25 %  1.5Mi  (last heard of 2m ago: does the controller run?)'],
  ])('%s', (_what, more, says) => expect(progressLine({ ...progress, ...more }, NOW)).toBe(says));
});

describe('a moment', () => {
  test.each([
    ['2026-01-02T03:00:05Z', '4m ago'],
    ['2026-01-02T05:04:05Z', 'in 2h'],
    ['2026-01-02T03:04:05Z', '0s ago'],
    [undefined, '-'],
    ['', '-'],
  ])('%s is %s', (time, says) => expect(fromNow(time, NOW)).toBe(says));
});

test('a table has columns as wide as their widest cell, and a dash where there is nothing; color takes no room', () => {
  expect(table(['NAME', 'PHASE', 'WHY'], [['shop', { text: 'Ready', paint: (text) => `<${text}>` }, ''], ['a-long-name', 'Deploying', 'WaitingForReplicas']])).toEqual([
    'NAME          PHASE       WHY',
    'shop          <Ready>       -',
    'a-long-name   Deploying   WaitingForReplicas',
  ]);
});

describe('a line of a log', () => {
  test.each([
    ['is told with its fields', '{"time":"2026-01-02T03:04:05.678Z","msg":"dumping","serverVersion":"14.2","note":"two words","tables":3}', '03:04:05 dumping serverVersion=14.2 note="two words" tables=3'],
    ['of progress has a bar', '{"time":"2026-01-02T03:04:05Z","msg":"progress","percent":50,"bytes":10,"table":"public.orders","secondsLeft":4}', '03:04:05 progress [############------------]  50 % public.orders'],
    ['that is none stays', 'Killed', 'Killed'],
    ['that is no object stays', 'null', 'null'],
  ])('%s', (_what, line, says) => expect(logLine(line)).toBe(says));
});
