import { existsSync } from 'node:fs';
import { messageOf, StepError } from '../lib/error.ts';
import { parseArguments, USAGE, UsageError, type Command } from './arguments.ts';
import { destroyCluster, ensureCluster } from './lifecycle.ts';
import { loadAny } from './load.ts';
import { clusterPaths } from './paths.ts';
import { clusterStatus } from './status.ts';

async function execute(command: Command): Promise<number> {
  switch (command.name) {
    case 'help':
      console.log(USAGE);
      return 0;
    case 'up':
      return up();
    case 'down':
      await destroyCluster();
      console.log('No cluster runs for this clone.');
      return 0;
    case 'status':
      return status();
    case 'kubeconfig':
      return kubeconfig();
    case 'load':
      return load(command.images);
  }
}

async function up(): Promise<number> {
  const cluster = await ensureCluster();
  console.log(`The cluster runs at ${cluster.apiserverUrl}.\n  export KUBECONFIG=${cluster.kubeconfig}\n  ${cluster.kubectl} get pods -A`);
  return 0;
}

async function status(): Promise<number> {
  const { running, text } = await clusterStatus();
  console.log(text);
  return running ? 0 : 1;
}

function kubeconfig(): number {
  const file = clusterPaths().kubeconfig;
  if (!existsSync(file)) throw new StepError('no cluster runs for this clone: npm run cluster -- up');
  console.log(file);
  return 0;
}

async function load(images: string[]): Promise<number> {
  for (const image of images) {
    const { references, alreadyThere } = await loadAny(clusterPaths(), image);
    console.log(`${references.join(', ')}: ${alreadyThere ? 'already there' : 'loaded'}`);
  }
  return 0;
}

try {
  process.exitCode = await execute(parseArguments(process.argv.slice(2)));
} catch (error) {
  const usage = error instanceof UsageError;
  if (usage) console.error(`${error.message}\n\n${USAGE}`);
  else console.error(error instanceof StepError ? messageOf(error) : error);
  // At once: a build that runs beside the one that failed has lost its purpose.
  process.exit(usage ? 2 : 1);
}
