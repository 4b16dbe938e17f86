// npm run campaign:upgrade
import { inNamespace } from '../bench/database/starts.ts';
import { ensureOperator, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import type { DatabaseProof } from '../harness/table-proof.ts';
import { duration } from '../lib/step.ts';
import { AdminApi } from './api.ts';
import { UsageError, wholeNumber, type CampaignOptions } from './options.ts';
import { percentile, runCampaign, type Campaign, type CampaignResult } from './report.ts';
import { contentsOf, make, remove, versionIn, type Ground } from './upgrade/ground.ts';
import { CHANGES, KILLS, nameOf, type Kill } from './upgrade/points.ts';
import { change, killAt, type KillTrial } from './upgrade/trial.ts';

const HELP = `usage: npm run campaign:upgrade -- [--trials N] [--from K] [--only WORDS] [--json FILE]

Kills somebody at each moment of an upgrade of a Database of two servers to another major version, of the way back, and of a return, while a
client writes: the runner, the controller, the primary or the standby (with one second to stop). Each trial has to end by itself with the old
servers in full or with the new ones in full, by the hashes of all rows on both, and the status has to say with which; every row that was
acknowledged is there, or, after the way back, in the Backup that was taken for it.

  --trials N    so many kills, from the beginning again after the last (all)
  --from K      the first of them, by its number (1)
  --only WORDS  those alone whose name has these words
  --json FILE   writes the figures there
  --help

It takes place on the embedded cluster: let no other tests run there. About 1 minute a trial. The kills:

${KILLS.map((kill, index) => `  ${String(index + 1).padStart(2)}  ${nameOf(kill)}`).join('\n')}`;

async function run({ trials, more }: CampaignOptions, progress: (line: string) => void): Promise<CampaignResult> {
  const { from = '1', only = '' } = more;
  const first = wholeNumber('--from', from, 1) - 1;
  const kills = KILLS.filter((kill) => nameOf(kill).includes(only));
  if (kills.length === 0) throw new UsageError(`--only is ${JSON.stringify(only)}: no kill has that in its name`);
  const cluster = await ensureOperator();
  const api = new AdminApi(cluster.kubeconfig);
  return inNamespace(cluster, 'campaign-upgrade', async (kubectl) => {
    const done = await playAll({ kubectl, api, operatorNamespace: OPERATOR_NAMESPACE }, inTurns(kills, first, Math.min(trials, only === '' ? trials : kills.length)), progress);
    return summarize(done);
  }).finally(() => api.close());
}

/** So many, from one on, from the beginning again after the last. */
const inTurns = (kills: readonly Kill[], from: number, count: number): Kill[] => Array.from({ length: count }, (_, index) => kills[(from + index) % kills.length]).filter((kill) => kill !== undefined);

async function playAll(ground: Ground, kills: readonly Kill[], progress: (line: string) => void): Promise<KillTrial[]> {
  const done: KillTrial[] = [];
  let content: DatabaseProof | undefined;
  for (const kill of kills) {
    content ??= await begin(ground);
    await bring(ground, CHANGES[kill.change].from);
    const trial = await killAt(ground, kill, content);
    done.push(trial);
    progress(told(trial, `${done.length}/${kills.length}`));
    // The next one begins with another Database.
    if (trial.problems.length > 0) content = undefined;
  }
  return done;
}

/** A new Database; returns what it holds. */
async function begin(ground: Ground): Promise<DatabaseProof> {
  await remove(ground);
  await make(ground);
  const [content = {}] = await contentsOf(ground);
  return content;
}

/** Brings the Database to where a trial begins, without a kill. */
async function bring(ground: Ground, image: string): Promise<void> {
  if ((await versionIn(ground)) !== image) await change(ground, image);
}

const told = (trial: KillTrial, which: string): string =>
  `${trial.problems.length === 0 ? '✓' : '✗'} ${which} ${nameOf(trial)}${trial.killed ? '' : ' (there was none)'}: ${trial.ending} after ${duration(trial.seconds * 1000)}, longest gap ${trial.gap.toFixed(1)} s${trial.problems.map((problem) => `\n    ${problem}`).join('')}`;

function summarize(trials: readonly KillTrial[]): CampaignResult {
  const keys = [...new Set(trials.map(({ change: what, victim }) => `${what}\t${victim}`))];
  const rows = keys.map((key) => {
    const [what = '', victim = ''] = key.split('\t');
    const own = trials.filter((trial) => trial.change === what && trial.victim === victim);
    const asAsked = own.filter(({ ending }) => ending === 'as asked for').length;
    const most = Math.max(...own.map(({ gap }) => gap));
    return [what, victim, String(own.length), String(own.filter(({ killed }) => killed).length), String(asAsked), String(own.length - asAsked), `${percentile(own.map(({ seconds }) => seconds), 0.5).toFixed(0)} s`, `${most.toFixed(1)} s`];
  });
  return {
    table: [['change', 'victim', 'trials', 'killed', 'as asked for', 'as before', 'median', 'longest gap'], ...rows],
    figures: [{ id: 'R-upgrade-kills', value: trials.filter(({ problems }) => problems.length === 0).length / trials.length, unit: `right (share of ${trials.length} trials)`, goal: '=1' }],
    violations: trials.flatMap((trial) => trial.problems.map((problem) => `${nameOf(trial)}: ${problem}`)),
  };
}

const campaign: Campaign = { help: HELP, defaultTrials: KILLS.length, further: ['from', 'only'], run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
