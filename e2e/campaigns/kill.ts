// npm run campaign:kill
import { duration } from '../lib/step.ts';
import { killTrial, leftovers, referenceRun, VARIANTS, type KillTrial, type Reference, type Variant } from './kill-points.ts';
import { RUN_KINDS } from './objects.ts';
import { nth } from './points.ts';
import { realGround } from './real-ground.ts';
import { runCampaign, type Campaign, type CampaignResult } from './report.ts';
import { startRig, type Rig } from './rig.ts';

const HELP = `usage: npm run campaign:kill -- [--trials N] [--json FILE]

Kills the controller with SIGKILL after every write that it makes for a Backup, and for a Restore: once before it hears
the API server's answer, once right after. Each time it is started again, and the end has to be the one that a run
without a fault has: same phase, conditions and status fields, exactly one Job, the tables as they were backed up.

  --trials N   how often each kill point is tried (1)
  --json FILE  writes the figures there
  --help

It runs the controller on this machine, with the rights that the chart gives it, against the embedded cluster. The
controller in the cluster rests meanwhile: let no other tests run on that cluster. Takes about 4 minutes.`;

const MESSAGE_OF: Readonly<Record<Variant, string>> = { lost: 'before it heard the answer', heard: 'after it heard the answer' };

async function run({ trials }: { trials: number }, progress: (line: string) => void): Promise<CampaignResult> {
  const rig = await startRig(await realGround('campaign-kill'), ['controller']);
  let clean = false;
  try {
    const references: Reference[] = [];
    const done: Numbered[] = [];
    for (const kind of RUN_KINDS) {
      const reference = await referenceRun(rig, kind);
      progress(`${kind} without a fault: ${reference.writes.length} writes: ${reference.writes.join(', ')}`);
      references.push(reference);
      for (let round = 1; round <= trials; round += 1) done.push(...(await everyPoint(rig, reference, round, progress)));
    }
    const result = summarize(references, done, await leftovers(rig));
    clean = result.violations.length === 0;
    return result;
  } finally {
    if (!clean) progress(`The controller's log is in ${rig.folder}`);
    await rig.stop(!clean);
  }
}

/** A trial, and after which write it was. */
type Numbered = KillTrial & { readonly k: number };

async function everyPoint(rig: Rig, reference: Reference, round: number, progress: (line: string) => void): Promise<Numbered[]> {
  const trials: Numbered[] = [];
  for (let k = 1; k <= reference.writes.length; k += 1) {
    for (const variant of VARIANTS) {
      const trial = await killTrial(rig, reference, { point: nth(k), variant, name: `kill-${k}-${variant}-${round}` });
      trials.push({ ...trial, k });
      const what = trial.reached ? `killed after write ${k} (${trial.write}), ${MESSAGE_OF[variant]}` : `ended before write ${k}`;
      progress(`${trial.problems.length === 0 ? '✓' : '✗'} ${trial.kind}: ${what}: ${duration(trial.seconds * 1000)}${trial.problems.map((problem) => `\n    ${problem}`).join('')}`);
    }
  }
  return trials;
}

function summarize(references: readonly Reference[], trials: readonly Numbered[], leftover: readonly string[]): CampaignResult {
  const of = (kind: string): Numbered[] => trials.filter((trial) => trial.kind === kind && trial.reached);
  const rows = references.map(({ kind, writes }) => {
    const own = of(kind);
    return [kind, String(writes.length), String(own.length), String(own.filter(({ problems }) => problems.length === 0).length), String(own.filter(({ problems }) => problems.some((problem) => problem.startsWith('jobs'))).length)];
  });
  const reached = trials.filter((trial) => trial.reached);
  const good = reached.filter(({ problems }) => problems.length === 0).length;
  const faults = trials.flatMap(({ kind, k, variant, problems }) => problems.map((problem) => `${kind}, write ${k}, ${MESSAGE_OF[variant]}: ${problem}`));
  return {
    table: [['object', 'writes', 'kills', 'same end', 'not exactly one Job'], ...rows],
    figures: [
      { id: 'R1', value: reached.length === 0 ? 0 : (100 * good) / reached.length, unit: '% of the kill points end as without a fault', goal: '100 %' },
      { id: 'R1.kills', value: reached.length, unit: 'kills', goal: 'every write, before and after its answer' },
    ],
    violations: [...faults, ...leftover],
  };
}

const campaign: Campaign = { help: HELP, defaultTrials: 1, run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
