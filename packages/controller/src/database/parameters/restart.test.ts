import { describe, expect, test } from 'vitest';
import { aDatabase } from '../../../test/fixtures.ts';
import { desiredStatefulSet } from '../children/desired-stateful-set.ts';
import { restartHash } from './restart.ts';

function template(parameters: Record<string, string> = {}): unknown {
  const object: object = desiredStatefulSet(aDatabase({ spec: { parameters } }));
  return 'spec' in object && object.spec instanceof Object && 'template' in object.spec ? object.spec.template : undefined;
}

describe('the pods change with', () => {
  test.each([
    { why: 'a parameter that needs a restart', one: {}, other: { max_connections: '200' }, same: false },
    { why: 'its value', one: { max_connections: '200' }, other: { max_connections: '100' }, same: false },
    { why: 'a parameter of an extension', one: {}, other: { 'pg_stat_statements.max': '1000' }, same: false },
    { why: 'but not with one that is reloaded', one: { work_mem: '4MB' }, other: { work_mem: '64MB' }, same: true },
    { why: 'nor with the order', one: { max_connections: '1', wal_buffers: '2' }, other: { wal_buffers: '2', max_connections: '1' }, same: true },
  ])('$why', ({ one, other, same }) => {
    expect(JSON.stringify(template(one)) === JSON.stringify(template(other))).toBe(same);
  });

  test('no parameter leaves no trace', () => {
    expect(restartHash({ work_mem: '64MB' })).toBeUndefined();
  });
});
