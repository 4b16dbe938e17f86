// npm run campaign:leader
import { duration } from '../lib/step.ts';
import { FAULTS, handOver, LEASE_ENV, type HandOver } from './hand-over.ts';
import { leftovers, referenceRun, type Reference } from './kill-points.ts';
import { RUN_KINDS } from './objects.ts';
import { nth } from './points.ts';
import { realGround } from './real-ground.ts';
import { percentile, runCampaign, type Campaign, type CampaignResult } from './report.ts';
import { startRig, type Rig } from './rig.ts';

const HELP = `usage: npm run campaign:leader -- [--trials N] [--json FILE]

Runs two controllers, and takes the lead from the one that works N times, at each of its writes for Backups and
Restores in turn: it is killed; or paused past its lease and woken; or its network is cut; or its network is cut with a
write under way that arrives when the other one has done the work. Counted are Jobs too many, and writes of the former
leader that the API server took after the other one came to lead (Events aside: they decide nothing). A former leader
that lives has to end by itself.

  --trials N   hand-overs (16)
  --json FILE  writes the figures there
  --help

The controllers run on this machine, with the rights that the chart gives them, against the embedded cluster. The
controller in the cluster rests meanwhile: let no other tests run on that cluster. Takes about 15 s a hand-over. The lease
lasts ${LEASE_ENV.LEASE_SECONDS} s instead of 15 s, so that this is bearable.`;

async function run({ trials }: { trials: number }, progress: (line: string) => void): Promise<CampaignResult> {
  const rig = await startRig(await realGround('campaign-leader'), ['controller-a', 'controller-b'], LEASE_ENV);
  let clean = false;
  try {
    const references: Reference[] = [];
    for (const kind of RUN_KINDS) references.push(await referenceRun(rig, kind));
    const done: Numbered[] = [];
    for (let index = 0; index < trials; index += 1) done.push(await trial(rig, references, index, (line) => progress(`${index + 1}/${trials} ${line}`)));
    const result = summarize(done, await leftovers(rig));
    clean = result.violations.length === 0;
    return result;
  } finally {
    if (!clean) progress(`The controllers' logs are in ${rig.folder}`);
    await rig.stop(!clean);
  }
}

/** A hand-over, and at which write it was. */
type Numbered = HandOver & { readonly k: number };

/** Goes through all faults, then both kinds, then all writes. */
async function trial(rig: Rig, references: readonly Reference[], index: number, progress: (line: string) => void): Promise<Numbered> {
  const fault = FAULTS[index % FAULTS.length] ?? 'kill';
  const reference = references[Math.floor(index / FAULTS.length) % references.length];
  if (reference === undefined) throw new Error('there is no reference');
  const writes = reference.writes.filter((write) => !write.includes('events'));
  const k = 1 + (Math.floor(index / FAULTS.length / references.length) % writes.length);
  const result = await handOver(rig, { fault, kind: reference.kind, point: nth(k), name: `trial-${index + 1}`, reference: reference.state });
  const late = result.delayedStatus === undefined ? '' : `, the delayed write was answered with ${result.delayedStatus}`;
  const line = `${fault} at write ${k} of a ${reference.kind} (${writes[k - 1]}): the other one leads after ${duration(result.takeoverMs)}${late}; ${duration(result.seconds * 1000)}`;
  progress(`${result.problems.length === 0 ? '✓' : '✗'} ${line}${result.problems.map((problem) => `\n    ${problem}`).join('')}`);
  return { ...result, k };
}

function summarize(trials: readonly Numbered[], leftover: readonly string[]): CampaignResult {
  const sum = (of: (one: Numbered) => number): number => trials.reduce((total, one) => total + of(one), 0);
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const rows = FAULTS.map((fault) => {
    const own = trials.filter((one) => one.fault === fault);
    const times = own.map(({ takeoverMs }) => takeoverMs);
    const refused = own.filter(({ delayedStatus }) => delayedStatus !== undefined && delayedStatus >= 400).length;
    return [fault, own.length, own.filter(({ problems }) => problems.length > 0).length, seconds(percentile(times, 0.5)), seconds(percentile(times, 1)), fault === 'delay' ? refused : ''].map(String);
  });
  const times = trials.map(({ takeoverMs }) => takeoverMs);
  return {
    table: [['fault', 'hand-overs', 'violations', 'takeover, median', 'longest', 'late write refused'], ...rows],
    figures: [
      { id: 'R11', value: sum(({ duplicateJobs }) => duplicateJobs), unit: `duplicate Jobs in ${trials.length} hand-overs`, goal: '0' },
      { id: 'R11.writers', value: sum(({ lateWrites }) => lateWrites), unit: 'writes of a former leader that were taken', goal: '0' },
      { id: 'R11.takeover', value: Math.round(percentile(times, 1)) / 1000, unit: `s from the fault until the other one leads, longest (lease ${LEASE_ENV.LEASE_SECONDS} s)`, goal: 'lease + retry' },
    ],
    violations: [...trials.flatMap(({ fault, kind, k, problems }, index) => problems.map((problem) => `hand-over ${index + 1}, ${fault} at write ${k} of a ${kind}: ${problem}`)), ...leftover],
  };
}

const campaign: Campaign = { help: HELP, defaultTrials: 16, run };
process.exitCode = await runCampaign(campaign, process.argv.slice(2));
