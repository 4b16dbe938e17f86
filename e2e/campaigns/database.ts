// npm run campaign:database
import { tagImage } from '../cluster/index.ts';
import { inNamespace } from '../bench/database/starts.ts';
import { ensureOperator } from '../harness/operator.ts';
import { duration } from '../lib/step.ts';
import { AdminApi } from './api.ts';
import { nextOf } from './database/steps.ts';
import { killAt, KILLS, type KillTrial } from './database/trial.ts';
import { wholeNumber, type CampaignOptions } from './options.ts';
import { percentile, runCampaign, type Campaign, type CampaignResult } from './report.ts';

const HELP = `usage: npm run campaign:database -- [--trials N] [--from K] [--major N] [--json FILE]

Kills somebody at each step of another image for a Database of three servers, of its scaling from one server to three and back, while
a client writes: the primary, a standby (each with one second to stop), the controller, the Job of the consistency check. The Database has
to be Ready again by itself, with the servers that are wanted, and every row that was acknowledged there.

  --trials N   so many kills of the ${KILLS.length}, from the beginning again after the last (${KILLS.length})
  --from K     the first of them, by its number (1)
  --major N    the major version of PostgreSQL (15)
  --json FILE  writes the figures there
  --help

It takes place on the embedded cluster: let no other tests run there. About half a minute a trial.`;

async function run({ trials, more }: CampaignOptions, progress: (line: string) => void): Promise<CampaignResult> {
  const from = wholeNumber('--from', more['from'] ?? '1', 1) - 1;
  const image = `postgres:${wholeNumber('--major', more['major'] ?? '15', 14)}`;
  const cluster = await ensureOperator();
  await tagImage(cluster, `docker.io/library/${image}`, `docker.io/library/${nextOf(image)}`);
  const api = new AdminApi(cluster.kubeconfig);
  return inNamespace(cluster, 'campaign-database', async (kubectl) => {
    const done: KillTrial[] = [];
    for (let index = from; index < from + trials; index += 1) {
      const number = index % KILLS.length;
      const kill = KILLS[number];
      if (kill === undefined) continue;
      const trial = await killAt({ kubectl, api }, kill, image);
      done.push(trial);
      progress(told(trial, `${number + 1} of ${KILLS.length}`));
      if (trial.problems.length > 0) await kubectl('delete', 'database/shop', 'pod/shop-writer', '--ignore-not-found', '--timeout=180s');
    }
    return summarize(done);
  }).finally(() => api.close());
}

const nameOf = ({ change, step, victim }: KillTrial): string => `${change}, when ${step}: ${victim}`;

const told = (trial: KillTrial, which: string): string =>
  `${trial.problems.length === 0 ? '✓' : '✗'} ${which} ${nameOf(trial)}${trial.killed ? '' : ' (there was none)'}: ${trial.ending} after ${duration(trial.seconds * 1000)}, longest gap ${trial.gap.toFixed(1)} s${trial.problems.map((problem) => `\n    ${problem}`).join('')}`;

function summarize(trials: readonly KillTrial[]): CampaignResult {
  const keys = [...new Set(trials.map(({ change, victim }) => `${change}\t${victim}`))];
  const rows = keys.map((key) => {
    const [change = '', victim = ''] = key.split('\t');
    const own = trials.filter((trial) => trial.change === change && trial.victim === victim);
    const ended = (ending: string): string => String(own.filter((trial) => trial.ending === ending).length);
    const most = Math.max(...own.map(({ gap }) => gap));
    return [change, victim, String(own.length), String(own.filter(({ killed }) => killed).length), ended('as wanted'), ended('as before'), `${percentile(own.map(({ seconds }) => seconds), 0.5).toFixed(0)} s`, `${most.toFixed(1)} s`];
  });
  return {
    table: [['change', 'victim', 'trials', 'killed', 'as wanted', 'as before', 'median', 'longest gap'], ...rows],
    figures: [{ id: 'R-kills', value: trials.filter(({ problems }) => problems.length === 0).length / trials.length, unit: `right (share of ${trials.length} trials)`, goal: '=1' }],
    violations: trials.flatMap((trial) => trial.problems.map((problem) => `${nameOf(trial)}: ${problem}`)),
  };
}

const campaign: Campaign = { help: HELP, defaultTrials: KILLS.length, further: ['from', 'major'], run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
