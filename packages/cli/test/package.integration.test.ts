// The npm package: packed, installed in an empty folder without a network, and run.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../e2e/lib/run.ts';
import { build, PLUGIN_TARGET } from '../../../scripts/build.ts';

const folder = mkdtempSync(join(tmpdir(), 'package-'));
const [source, home] = [join(folder, 'source'), join(folder, 'home')];
const npm = (args: readonly string[], cwd: string): Promise<{ readonly stdout: string }> => run('npm', ['--offline', '--no-audit', '--no-fund', '--loglevel=error', `--cache=${join(folder, 'cache')}`, ...args], { cwd });

describe('The npm package', () => {
  let files: readonly string[];

  beforeAll(async () => {
    mkdirSync(source);
    mkdirSync(home);
    copyFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), join(source, 'package.json'));
    await build([{ ...PLUGIN_TARGET, name: 'dist' }], source);
    const [packed] = JSON.parse((await npm(['pack', '--json', `--pack-destination=${folder}`], source)).stdout) as { filename: string; files: { path: string }[] }[];
    files = packed?.files.map(({ path }) => path) ?? [];
    await npm(['install', join(folder, packed?.filename ?? '')], home);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is one file, and needs no other package', () => {
    expect(files).toEqual(['dist/main.cjs', 'package.json']);
    expect(readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@postgres-operator']);
  });

  test('has both programs, and they run', async () => {
    const bin = join(home, 'node_modules', '.bin');
    expect((await run(join(bin, 'kubectl-db'), ['backup', '--help'])).stdout).toMatch(/^kubectl db backup: /);
    expect((await run(join(bin, 'kubectl_complete-db'), ['ver'])).stdout).toMatch(/^verify\t.*\n:4\n$/);
  });
});
