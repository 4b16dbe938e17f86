import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cacheDir, contentHash, publish } from './cache.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cache-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

test('the cache is where XDG says', () => {
  vi.stubEnv('XDG_CACHE_HOME', '/somewhere');
  expect(cacheDir()).toBe('/somewhere/postgres-operator-e2e');
  vi.stubEnv('XDG_CACHE_HOME', '');
  expect(cacheDir()).toMatch(/\/\.cache\/postgres-operator-e2e$/);
});

test('hashes tell inputs apart, also by where one ends', () => {
  expect(contentHash('ab', 'c')).not.toBe(contentHash('a', 'bc'));
  expect(contentHash('ab', 'c')).toBe(contentHash('ab', 'c'));
});

test('a result appears under its name when it is whole', async () => {
  const target = join(folder, 'sub', 'result');
  await publish(target, async (temporary) => {
    writeFileSync(temporary, 'done');
    expect(existsSync(target)).toBe(false);
    await Promise.resolve();
  });
  expect(readFileSync(target, 'utf8')).toBe('done');
});

test('a failed build leaves nothing, and the next one may try again', async () => {
  const target = join(folder, 'result');
  const failing = publish(target, async (temporary) => {
    writeFileSync(temporary, 'half');
    await Promise.reject(new Error('broken'));
  });
  await expect(failing).rejects.toThrow('broken');
  expect(readdirSync(folder)).toEqual([]);
});
