import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('one at a time', async () => {
  let inside = 0;
  const visit = (): Promise<void> =>
    withLock(join(folder, 'lock'), async () => {
      inside += 1;
      await sleep(20);
      expect(inside).toBe(1);
      inside -= 1;
    });
  await Promise.all([visit(), visit(), visit()]);
});

test('an error of the action comes through and frees the lock', async () => {
  const file = join(folder, 'lock');
  await expect(withLock(file, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  expect(await withLock(file, () => Promise.resolve('free'))).toBe('free');
});

test('a killed holder holds nothing', async () => {
  const file = join(folder, 'lock');
  const program = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await withLock(${JSON.stringify(file)}, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1000); }));`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  expect(await withLock(file, () => Promise.resolve('free'))).toBe('free');
});
