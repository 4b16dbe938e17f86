// Runs a TypeScript entry point with the pinned Node, installing the dependencies first when they are not those of the
// lockfile. Plain JavaScript without dependencies: it has to run on whatever Node a fresh machine has (20 or newer).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.lockfile-sha256');
const pinnedNode = join(root, 'node_modules', '.bin', 'node');
const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
const installed = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';

if (installed !== wanted || !existsSync(pinnedNode)) {
  console.error('▸ Installing npm dependencies (usually 30 s)');
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    console.error(`✗ npm ci failed in ${root} (exit code ${result.status ?? result.error?.message}); the lines above say why.`);
    process.exit(1);
  }
  writeFileSync(stampFile, wanted);
}

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: node scripts/with-deps.mjs ENTRY [ARG …]');
  process.exit(2);
}
const child = spawn(pinnedNode, [join(root, entry), ...args], { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
