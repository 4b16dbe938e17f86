import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { StepError } from '../lib/error.ts';
import { forgetBuilds } from './forget.ts';
import { ensureImages } from './index.ts';

const HELP = `Usage: npm run images [-- OPTIONS]

Bundles the controller and the runner, and builds the images the embedded cluster
loads, as archives in the cache. Only what changed is built again.

  --rebuild   forget packages and images first, and take those of today (4 min)
  --help      this text

With Docker and an image registry in reach the images are built on the public bases;
elsewhere on stand-ins made of Debian and npm packages (e2e/images/README.md).
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, rebuild: { type: 'boolean' } } });
  if (values.help === true) return void console.log(HELP);
  if (values.rebuild === true) await forgetBuilds();
  for (const { name, archive, digest } of await ensureImages()) {
    console.log(`${name}\n  ${digest}\n  ${archive} (${Math.round(statSync(archive).size / 1e6)} MB)`);
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof StepError ? `✗ ${error.message}` : error);
  process.exitCode = 1;
}
