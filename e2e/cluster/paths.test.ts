import { expect, test } from 'vitest';
import { clusterId, clusterPaths } from './paths.ts';

test('two clones share nothing', () => {
  expect(clusterId('/home/a/clone')).not.toBe(clusterId('/home/b/clone'));
  const one = Object.values(clusterPaths('/usr'));
  const other = new Set(Object.values(clusterPaths('/etc')));
  expect(one.filter((value) => other.has(value))).toEqual([]);
});
