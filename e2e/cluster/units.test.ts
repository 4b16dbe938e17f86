import { expect, test } from 'vitest';
import { nodeUnits } from './units.ts';

test('units are scripts that become their component', () => {
  const units = nodeUnits('/some/cgroup');
  expect(Object.keys(units)).toContain('kubelet');
  expect(units['kubelet']).toContain(`'--cgroup-root=/some/cgroup'`);
  for (const script of Object.values(units)) expect(script).toMatch(/^#!\/bin\/bash\n(until .*\n)?exec '/);
});
