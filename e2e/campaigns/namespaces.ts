// npm run campaign:namespaces
import { emptyByDeletion, makeBusy } from '../harness/busy-namespace.ts';
import { kubectlFor, type Kubectl } from '../harness/kubectl.ts';
import { ensureOperator } from '../harness/operator.ts';
import { duration } from '../lib/step.ts';
import { wholeNumber, type CampaignOptions } from './options.ts';
import { percentile, runCampaign, type Campaign, type CampaignResult } from './report.ts';

const HELP = `usage: npm run campaign:namespaces -- [--namespaces N] [--trials N] [--json FILE]

Deletes namespaces at the same time. In each a Backup is at work (its dump waits for a lock), and there are a Database, a Backup that is Completed and a schedule;
the Backups are to take their data with them. A minute later nothing of it may be left.

  --namespaces N  as many (20)
  --trials N      as often (1)
  --json FILE     writes the figures there
  --help

It takes place on the embedded cluster: let no other tests run there. 20 namespaces take about 8 minutes to fill, and 4 GB of memory.`;

/** Servers that start at the same time: more would take each other's time. */
const AT_A_TIME = 4;
const GOAL_SECONDS = 60;
/** Of a runner that waits: as many as are wanted have to find room on one node. */
const SMALL = { jobTemplate: { resources: { requests: { cpu: '10m', memory: '64Mi' } } } };

async function run({ trials, more }: CampaignOptions, progress: (line: string) => void): Promise<CampaignResult> {
  const count = wholeNumber('--namespaces', more['namespaces'] ?? '20', 1);
  const cluster = await ensureOperator();
  const namespaces = Array.from({ length: count }, (_, index) => kubectlFor(cluster, `campaign-namespaces-${index + 1}`));
  const seconds: number[] = [];
  for (let trial = 1; trial <= trials; trial += 1) {
    await fill(namespaces, progress);
    const took = await emptyByDeletion(namespaces);
    seconds.push(took);
    progress(`${took < GOAL_SECONDS ? '✓' : '✗'} ${trial}/${trials} ${count} namespaces were empty after ${duration(took * 1000)}`);
    await Promise.all(namespaces.map((kubectl) => kubectl('wait', `namespace/${kubectl.namespace}`, '--for=delete', '--timeout=280s')));
  }
  return {
    table: [['namespaces', 'trials', 'median', 'longest'], [String(count), String(trials), `${percentile(seconds, 0.5).toFixed(1)} s`, `${Math.max(...seconds).toFixed(1)} s`]],
    figures: [{ id: 'namespaces', value: Math.max(...seconds), unit: `s until ${count} deleted namespaces with a Backup at work in each were empty (the longest)`, goal: `<${GOAL_SECONDS}` }],
    violations: seconds.filter((took) => took >= GOAL_SECONDS).map((took) => `${count} namespaces took ${took.toFixed(1)} s`),
  };
}

async function fill(namespaces: readonly Kubectl[], progress: (line: string) => void): Promise<void> {
  for (let index = 0; index < namespaces.length; index += AT_A_TIME) {
    await Promise.all(
      namespaces.slice(index, index + AT_A_TIME).map(async (kubectl) => {
        await kubectl('create', 'namespace', kubectl.namespace);
        await makeBusy(kubectl, SMALL);
      }),
    );
    progress(`  ${Math.min(index + AT_A_TIME, namespaces.length)} of ${namespaces.length} namespaces are at work`);
  }
}

const campaign: Campaign = { help: HELP, defaultTrials: 1, further: ['namespaces'], run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
