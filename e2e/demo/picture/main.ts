// npm run picture:demo
import { writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensureOperator } from '../../harness/operator.ts';
import { drawTerminal } from './draw.ts';
import { record } from './record.ts';
import { screenOf, withoutPauses } from './screen.ts';

const LONGEST_PAUSE_SECONDS = 3;

const HELP = `usage: npm run picture:demo

Runs the demo on the embedded cluster, which is brought up before, and draws what it printed as it printed it into docs/images/demo.svg.
Pauses of more than ${LONGEST_PAUSE_SECONDS} s are shortened in the picture; the times that the steps say are the real ones. Takes about a minute on a warm cluster.`;

const CLONE = fileURLToPath(new URL('../../..', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../../docs/images/demo.svg', import.meta.url));

async function draw(): Promise<void> {
  await ensureOperator();
  const lines = withoutPauses(await record('npm', ['run', 'demo'], CLONE), LONGEST_PAUSE_SECONDS);
  const svg = drawTerminal('npm run demo: a database is backed up, damaged and restored, and every table is what it was', screenOf('$ npm run demo', lines));
  const told = [hostname(), homedir(), CLONE].filter((word) => svg.includes(word));
  if (told.length > 0) throw new Error(`The picture would tell of this machine: ${told.join(', ')}. Leave those lines out in screen.ts`);
  writeFileSync(PICTURE, svg);
  console.log(PICTURE);
}

if (process.argv.length > 2) console.log(HELP);
else await draw();
