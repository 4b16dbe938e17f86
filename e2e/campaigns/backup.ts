// npm run campaign:backup
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseProof } from '../harness/table-proof.ts';
import { duration } from '../lib/step.ts';
import { diceOf } from './backup/dice.ts';
import { drawFault, FIGURES, GROUPS, type Group } from './backup/faults.ts';
import { contentOf, faultsOf, filesOf, restoringFaults } from './backup/oracle.ts';
import { DATABASE, EARLIER, startBackupRig, type BackupRig, type Reference, type Spot } from './backup/rig.ts';
import { tryFault, type Trial } from './backup/trial.ts';
import { UsageError, wholeNumber, type CampaignOptions } from './options.ts';
import { percentile, runCampaign, type Campaign, type CampaignResult, type Figure } from './report.ts';

const HELP = `usage: npm run campaign:backup -- [--trials N] [--seed S] [--only GROUP] [--json FILE]

Disturbs backups at random, each by one fault, with the runner as a process of its own, a real PostgreSQL server and a
real object store behind a proxy that spoils requests. Groups, in turns:

  pg_dump      it writes a share of its bytes (0, 10, 50, 99 % or any) and exits with 0 or 1 or is killed; it is killed
               while it runs
  runner       SIGTERM, SIGINT or SIGKILL at any moment; then the next attempt, or a discard, as the controller would
  store        500, 503, slow, reset, a lost answer, 403 and a full quota half-way, a wrong ETag, 200 with an error
               on complete, 412 on complete and on publish, a store that dies
  flipped-bit  any bit of a part, of the roles, of the manifest or of its reading back, once or each time
  claim        full at any moment; read-only

After each: the run ended as it has to, for a reason of the closed list; no object under a final name that was not told
Completed, nothing left, no upload open; a backup that succeeded is as its manifest says, by its bytes, and is read to its
end by PostgreSQL's own tool; every tenth one is restored by hand and compared row by row. In the end all backups that
were made are read again.

  --trials N    backups (100)
  --seed S      plays the same trials again; trial i has seed S + i - 1
  --only GROUP  one group
  --json FILE   writes the figures there
  --help

About 2 s a trial. Needs root: full claims are mounted in namespaces of their own.`;

const RESTORE_EVERY = 10;

interface Settings {
  readonly trials: number;
  readonly seed: number;
  readonly groups: readonly Group[];
}

function settingsOf({ trials, more }: CampaignOptions): Settings {
  const { seed = String(Math.floor(Math.random() * 1e6)), only } = more;
  const groups = GROUPS.filter((group) => only === undefined || only === group);
  if (groups.length === 0) throw new UsageError(`--only is ${JSON.stringify(only)}: it must be one of ${GROUPS.join(', ')}`);
  return { trials, seed: wholeNumber('--seed', seed, 0), groups };
}

async function run(options: CampaignOptions, progress: (line: string) => void): Promise<CampaignResult> {
  const settings = settingsOf(options);
  progress(`Seed ${settings.seed}`);
  const rig = await startBackupRig();
  try {
    return await campaignOn(rig, settings, progress);
  } finally {
    await rig.stop();
  }
}

async function campaignOn(rig: BackupRig, { trials, seed, groups }: Settings, progress: (line: string) => void): Promise<CampaignResult> {
  const reference = await referenceRun(rig);
  const content = await contentOf(rig.server, DATABASE);
  const made: Spot[] = [rig.spot('s3', EARLIER), rig.spot('claim', EARLIER)];
  const done: Trial[] = [];
  for (let index = 0; index < trials; index += 1) {
    const group = groups[index % groups.length] ?? 'store';
    const dice = diceOf(seed + index);
    const fault = drawFault(group, dice, reference);
    const trial = await tryFault(rig, { name: `trial-${index + 1}`, fault, reference, next: dice.of(['attempt', 'discard']) });
    const further = [...(await earlierProblems(made.slice(0, 2))), ...(await examine(rig, trial, { content, made }))];
    const problems = [...trial.problems, ...further];
    done.push({ ...trial, problems });
    const again = `--only ${group} --trials 1 --seed ${seed + index}`;
    progress(`${problems.length === 0 ? '✓' : '✗'} ${index + 1}/${trials} ${fault.kind} (${fault.place}): ${trial.ending}; ${duration(trial.seconds * 1000)}${problems.map((problem) => `\n    ${problem} (again: ${again})`).join('')}`);
  }
  progress(`Reading all ${made.length} backups again`);
  return summarize(groups, done, await earlierProblems(made));
}

/** A backup in each place, undisturbed, to compare with; the second one tells what a run takes when everything is warm. */
async function referenceRun(rig: BackupRig): Promise<Reference> {
  const inBucket = await rig.run(rig.dumpTo(rig.spot('s3', EARLIER)));
  const parts = rig.proxy.seen('UploadPart');
  const startedAt = performance.now();
  const { result, log } = await rig.run(rig.dumpTo(rig.spot('claim', EARLIER)));
  const seconds = (performance.now() - startedAt) / 1000;
  if (inBucket.result.outcome !== 'succeeded' || result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(`a backup fails without any fault: ${inBucket.log}\n${log}`);
  const spot = rig.spot('claim', EARLIER);
  const sizes = await Promise.all((await filesOf(spot)).map(async (file) => (await stat(join(spot.root, 'shop/db', file))).size));
  return { seconds, parts, plainBytes: result.plainBytes, storedBytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Restores every tenth backup by hand. Those in buckets stay, to be read again in the end; the claim stays as it was, for claims to be full at a known moment. */
async function examine(rig: BackupRig, { whole }: Trial, { content, made }: { content: DatabaseProof; made: Spot[] }): Promise<string[]> {
  if (whole === undefined) return [];
  made.push(whole);
  const problems = made.length % RESTORE_EVERY === 0 ? await restoringFaults(rig.server, whole, content) : [];
  if (whole.place === 'claim') {
    made.pop();
    await rm(join(whole.root, whole.path), { recursive: true });
  }
  return problems;
}

/** One after the other: each is read by programs of its own. */
async function earlierProblems(spots: readonly Spot[]): Promise<string[]> {
  const found: string[] = [];
  for (const spot of spots) found.push(...(await faultsOf(spot)).map((problem) => `the earlier backup ${spot.path}: ${problem}`));
  return found;
}

function summarize(groups: readonly Group[], trials: readonly Trial[], afterwards: readonly string[]): CampaignResult {
  const kinds = [...new Set(trials.map(({ fault }) => `${FIGURES[fault.group]}\t${fault.kind}`))].sort();
  const rows = kinds.map((row) => {
    const [id = '', kind = ''] = row.split('\t');
    const own = trials.filter(({ fault }) => fault.kind === kind && FIGURES[fault.group] === id);
    const endings = [...new Set(own.map(({ ending }) => ending))].sort().map((ending) => `${ending} ${own.filter((trial) => trial.ending === ending).length}`);
    return [id, kind, String(own.length), endings.join(', '), String(own.filter(({ problems }) => problems.length > 0).length), `${percentile(own.map(({ seconds }) => seconds), 0.5).toFixed(1)} s`];
  });
  const figures = groups.map((group): Figure => {
    const own = trials.filter(({ fault }) => fault.group === group);
    return { id: FIGURES[group], value: own.filter(({ problems }) => problems.length === 0).length / own.length, unit: `right (share of ${own.length} trials of ${group})`, goal: '=1' };
  });
  return {
    table: [['id', 'fault', 'trials', 'ended as', 'violations', 'median'], ...rows],
    figures: figures.filter(({ value }) => !Number.isNaN(value)),
    violations: [...trials.flatMap(({ fault, problems }, index) => problems.map((problem) => `trial ${index + 1}, ${fault.kind} (${fault.place}): ${problem}`)), ...afterwards],
  };
}

const campaign: Campaign = { help: HELP, defaultTrials: 100, further: ['seed', 'only'], run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
