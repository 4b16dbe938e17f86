import { expect, test } from 'vitest';
import { cpuSeconds, measure } from './process-tree.ts';

test('the times of a shell and of its children are added up', () => {
  expect(cpuSeconds('0m0.250s 0m0.500s\n1m2.000s 0m0.250s\n')).toBe(63);
});

test('every process of a pipeline is measured', async () => {
  const { cpuSeconds: seconds, peaks, output } = await measure({ text: 'head -c 300000000 /dev/zero | sha256sum', env: {}, cwd: '/' });
  expect(seconds).toBeGreaterThan(0.05);
  // The shell and two programs, each of which needs a megabyte at least.
  expect(peaks.filter((megabytes) => megabytes > 1)).toHaveLength(3);
  expect(output).toMatch(/^[0-9a-f]{64}/);
});

test('a pipeline that breaks anywhere has failed', async () => {
  await expect(measure({ text: 'false | cat', env: {}, cwd: '/' })).rejects.toThrow('exit code 1');
});
