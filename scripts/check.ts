// npm run check: generated files, types and lint, without any server. Ends with exit code 0 when all are clean.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A check: what it is, and the Node program that makes it. */
const CHECKS: readonly (readonly [title: string, ...command: string[]])[] = [
  ['Generated files are what the code says', 'scripts/generate.ts', '--check'],
  ['Types', 'node_modules/typescript/bin/tsc', '--project', '.'],
  ['Lint', 'node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'],
];

/** Runs all checks, also after one failed; returns the titles of those that did. */
export function check(): string[] {
  const failed = CHECKS.filter(([title, ...command]) => {
    console.error(`▸ ${title}`);
    const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
    console.error(status === 0 ? `✓ ${title}` : `✗ ${title}: see above`);
    return status !== 0;
  });
  return failed.map(([title]) => title);
}

if (import.meta.main) process.exitCode = check().length === 0 ? 0 : 1;
