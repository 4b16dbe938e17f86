import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StepError } from './error.ts';
import { duration, step, type StepLog } from './step.ts';

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'step-'));
  printed = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test('says when it starts and when it is done, and keeps the output for the log', async () => {
  const options = { usually: '1 s', logDir: folder };
  const answer = await step('Counting to 42', options, async (log) => (await log.run('echo', ['42'])).stdout.trim());
  expect(answer).toBe('42');
  expect(printed[0]).toBe('▸ Counting to 42 (usually 1 s)');
  expect(printed.at(-1)).toMatch(/^✓ Counting to 42: [\d.]+ s$/);
  expect(readFileSync(join(folder, 'counting-to-42.log'), 'utf8')).toBe('$ echo 42\n42\n');
});

test('a failure names the step, the exit code, the log and its end', async () => {
  const failing = (log: StepLog): Promise<unknown> => log.run('sh', ['-c', 'seq 1 50; echo no luck >&2; exit 7']);
  const error: unknown = await step('Trying', { usually: '1 s', logDir: folder }, failing).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(StepError);
  const { message, exitCode, log, cause } = error as StepError;
  expect(exitCode).toBe(7);
  expect(log).toBe(join(folder, 'trying.log'));
  expect(message).toContain('Step failed: Trying: exit code 7');
  expect(message).toContain(`${folder}/trying.log`);
  expect(message).toContain('│ no luck');
  expect(message).toContain('│ 40\n');
  expect(message).not.toContain('│ 20\n');
  expect(cause).toBeInstanceOf(StepError);
});

test('a program that is not there is said to be missing', async () => {
  const failing = step('Asking', { usually: '1 s', logDir: folder }, (log) => log.run('no-such-program', []));
  await expect(failing).rejects.toThrow('could not start no-such-program');
});

test.each([
  [1234, '1.2 s'],
  [45_000, '45 s'],
  [372_000, '6 min 12 s'],
])('%d ms are %s', (milliseconds, words) => {
  expect(duration(milliseconds)).toBe(words);
});
