import { expect, test } from 'vitest';
import { lastProgress } from './run-progress.ts';

const line = (fields: object): string => JSON.stringify({ time: '2026-01-02T03:04:05.678Z', msg: 'progress', percent: 40, bytes: 4096, ...fields });
const read = { time: '2026-01-02T03:04:05.678Z', percent: 40, bytes: 4096 };

test.each([
  { what: 'a line', log: line({}), found: read },
  { what: 'a table and what is left', log: line({ table: 'public.orders', secondsLeft: 12 }), found: { ...read, table: 'public.orders', secondsLeft: 12 } },
  { what: 'the last of several lines, whatever comes after it', log: [line({ percent: 10 }), line({}), '{"msg":"dumped"}', 'a word', ''].join('\n'), found: read },
  { what: 'the line before one that was cut', log: `${line({})}\n${line({ percent: 50 }).slice(0, -4)}`, found: read },
  { what: 'fields of a newer runner', log: line({ rows: 7 }), found: read },
  { what: 'a table that is no text', log: line({ table: 7 }), found: read },
  { what: 'another message', log: line({ msg: 'dumped' }), found: undefined },
  { what: 'more than everything', log: line({ percent: 101 }), found: undefined },
  { what: 'a broken time', log: line({ time: 'soon' }), found: undefined },
  { what: 'a list', log: '[1]', found: undefined },
  { what: 'nothing', log: '', found: undefined },
])('$what', ({ log, found }) => {
  expect(lastProgress(log)).toEqual(found);
});
