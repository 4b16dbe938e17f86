// npm run campaign:restore
import { duration } from '../lib/step.ts';
import { diceOf } from './backup/dice.ts';
import { UsageError, wholeNumber, type CampaignOptions } from './options.ts';
import { percentile, runCampaign, type Campaign, type CampaignResult, type Figure } from './report.ts';
import { tryDamage } from './restore/refusal.ts';
import { startRestoreRig, type RestoreRig } from './restore/rig.ts';
import { tryDisturbance, type Trial } from './restore/trial.ts';

const HELP = `usage: npm run campaign:restore -- [--trials N] [--seed S] [--only archive|runner] [--json FILE]

Restores damaged backups, and disturbs restores of good ones, with the runner as a process of its own and a real server.

  archive  a backup that is truncated, flipped, reordered, emptied in part, lengthened, swapped with another one's, gone, or whose
           manifest is of another version, lies, or is another one. It has to be refused, for the right reason, before any transaction
           wrote anything; every row of the live database is as before.
  runner   SIGKILL and SIGTERM to the runner at any moment, a kill or a failure before or after any step, pg_restore ended, a
           session ended or a statement failed on the server; one job or two, keeping the previous database or not, one in six with
           mode Replace. The live database is the old or the new one by the hashes of all rows, as the run says; a client that connects
           all the time is never kept out; without SIGKILL nothing is left; the next run of the same request succeeds and
           leaves only what was to be kept, whole.

  --trials N    of each group (100)
  --seed S      plays the same trials again; trial i has seed S + i - 1
  --only GROUP  one group
  --json FILE   writes the figures there
  --help

1 s a trial of archives, 4 s of the runner.`;

const FIGURES = { archive: 'R8', runner: 'R9' } as const;
type Group = keyof typeof FIGURES;
const GROUPS = Object.keys(FIGURES) as Group[];

async function run({ trials, more }: CampaignOptions, progress: (line: string) => void): Promise<CampaignResult> {
  const { seed: text = String(Math.floor(Math.random() * 1e6)), only } = more;
  const seed = wholeNumber('--seed', text, 0);
  const groups = GROUPS.filter((group) => only === undefined || only === group);
  if (groups.length === 0) throw new UsageError(`--only is ${JSON.stringify(only)}: it must be one of ${GROUPS.join(', ')}`);
  progress(`Seed ${seed}`);
  const rig = await startRestoreRig();
  try {
    await warmUp(rig);
    const done: Trial[] = [];
    for (const group of groups) {
      await rig.reset();
      for (let index = 0; index < trials; index += 1) {
        // A kind of damage follows from its seed, so that one can be played alone.
        const dice = diceOf(seed + index);
        const trial = group === 'archive' ? await tryDamage(rig, seed + index, dice) : await tryDisturbance(rig, dice);
        done.push(trial);
        progress(told(trial, `${index + 1}/${trials}`, `--only ${group} --trials 1 --seed ${seed + index}`));
      }
    }
    return summarize(groups, done);
  } finally {
    await rig.stop();
  }
}

/** The second time everything is warm. */
async function warmUp(rig: RestoreRig): Promise<void> {
  for (let time = 0; time < 2; time += 1) {
    await rig.reset();
    const { result, log } = await rig.run(rig.request(rig.own.manifest));
    if (result.outcome !== 'succeeded') throw new Error(`a restore fails without any fault: ${log}`);
  }
}

const told = ({ kind, ending, seconds, problems }: Trial, which: string, again: string): string =>
  `${problems.length === 0 ? '✓' : '✗'} ${which} ${kind}: ${ending}; ${duration(seconds * 1000)}${problems.map((problem) => `\n    ${problem} (again: ${again})`).join('')}`;

function summarize(groups: readonly Group[], trials: readonly Trial[]): CampaignResult {
  const kinds = [...new Set(trials.map(({ group, kind }) => `${FIGURES[group]}\t${kind}`))].sort();
  const rows = kinds.map((row) => {
    const [id = '', kind = ''] = row.split('\t');
    const own = trials.filter((trial) => trial.kind === kind);
    const endings = [...new Set(own.map(({ ending }) => ending))].sort().map((ending) => `${ending} ${own.filter((trial) => trial.ending === ending).length}`);
    return [id, kind, String(own.length), endings.join(', '), String(own.filter(({ problems }) => problems.length > 0).length), `${percentile(own.map(({ seconds }) => seconds), 0.5).toFixed(1)} s`];
  });
  const figures = groups.map((group): Figure => {
    const own = trials.filter((trial) => trial.group === group);
    return { id: FIGURES[group], value: own.filter(({ problems }) => problems.length === 0).length / own.length, unit: `right (share of ${own.length} trials)`, goal: '=1' };
  });
  const gaps = trials.flatMap(({ longestGap }) => longestGap ?? []);
  if (gaps.length > 0) figures.push({ id: 'R9-gap', value: Math.max(...gaps), unit: `s, the longest that a client waited in ${gaps.length} trials`, goal: '<=5' });
  return {
    table: [['id', 'fault', 'trials', 'ended as', 'violations', 'median'], ...rows],
    figures,
    violations: trials.flatMap(({ kind, problems }, index) => problems.map((problem) => `trial ${index + 1}, ${kind}: ${problem}`)),
  };
}

const campaign: Campaign = { help: HELP, defaultTrials: 100, further: ['seed', 'only'], run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
