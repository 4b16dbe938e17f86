// npm run campaign:model
import { randomInt } from 'node:crypto';
import { campaign as play, type Finding } from '../../packages/controller/test/model/campaign.ts';
import { wholeNumber } from './options.ts';
import { runCampaign, type Campaign, type CampaignResult } from './report.ts';

/** Schedules of a batch: as many as a part of the ordinary run has, so that it plays a finding again. */
const BATCH = 2500;

const HELP = `usage: npm run campaign:model -- [--trials N] [--seed S] [--json FILE]

Plays the controller's real decisions against an API server in memory, under random schedules of crashes, lost and repeated
events, stale lists, and Jobs that end in any way, and holds them to the model's laws. npm test plays the same 10,000 schedules
each time; this looks for others.

  --trials N   batches of ${BATCH} schedules (8)
  --seed S     the first batch's seed, the next ones follow (random)
  --json FILE  writes the figures there
  --help

Takes about a minute a batch. A finding is shown as its shortest schedule, with the command that plays it again.`;

async function run({ trials, more }: { trials: number; more: Readonly<Record<string, string>> }, progress: (line: string) => void): Promise<CampaignResult> {
  const first = more['seed'] === undefined ? randomInt(2 ** 30) : wholeNumber('--seed', more['seed'], 1);
  const findings: string[] = [];
  for (let index = 0; index < trials; index += 1) {
    const seed = first + index;
    const finding = await play({ runs: BATCH, seed });
    progress(`${index + 1}/${trials} ${finding === undefined ? '✓' : '✗'} seed ${seed}${finding === undefined ? '' : `: broken by schedule ${finding.schedules}`}`);
    if (finding !== undefined) findings.push(wordsOf(finding, seed));
  }
  const schedules = trials * BATCH;
  return {
    table: [['batches', 'schedules', 'findings', 'seeds'], [String(trials), String(schedules), String(findings.length), `${first} to ${first + trials - 1}`]],
    figures: [{ id: 'model', value: findings.length, unit: `batches with a broken law, of ${trials} (${schedules} schedules)`, goal: '0' }],
    violations: findings,
  };
}

/** The first part of the ordinary run takes the seed after MODEL_SEED. */
const wordsOf = ({ story }: Finding, seed: number): string => `MODEL_SEED=${seed - 1} npm run test:unit -- model-1 plays this again:\n  ${story}`;

const campaign: Campaign = { help: HELP, defaultTrials: 8, further: ['seed'], run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
