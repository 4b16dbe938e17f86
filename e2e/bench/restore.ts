// npm run bench:restore: a restore beside pg_restore of the same data (P6), and what clients notice of it (P9).
import { loadavg } from 'node:os';
import { DEFAULT_RESTORE_JOBS } from '@postgres-operator/api';
import { textTable } from '../demo/report.ts';
import { step } from '../lib/step.ts';
import { parseBench, type BenchOptions } from './bench-options.ts';
import { secondsBetween, told } from './contenders.ts';
import { showFigures, type Figure } from './figures.ts';
import { IN_PLACE, outageOf, type Outage, type Restorer } from './outage.ts';
import { PEER_DATABASE, byHand, drop, onRestoreGround, runnerRestores, type RestoreGround } from './restore-ground.ts';
import { inTurns, median, ratio, type Effort, type Rounds } from './rounds.ts';

const USAGE = `usage: npm run bench:restore [-- --json FILE] [--megabytes 1500] [--rounds 5] [--only speed|outage]

speed:  restores a database of that size, kept as a backup in a folder, on a PostgreSQL with its own settings: the runner as it is
        and with one session, from its start to its end, in turns with pg_restore -j1 of pg_dump's own file into a new database.
outage: how long a client that reads every 10 ms, and one that writes, get no right answer: of the runner, of pg_restore --clean and of
        dropping and restoring; at that size and at a tenth of it.

About 15 minutes on two idle cores.`;

type Part = 'speed' | 'outage';
type Contender = 'ours' | 'single' | 'peer';

const PEER = `createdb -T template0 ${PEER_DATABASE} && pg_restore -j1 -d ${PEER_DATABASE} dump`;
const ANALYZE = `psql -qd ${PEER_DATABASE} -c analyze`;
const TITLES: Readonly<Record<Contender | 'analyzed', string>> = {
  ours: 'the runner, two sessions, as by default',
  single: 'the runner, one session',
  peer: 'pg_restore -j1',
  analyzed: 'pg_restore -j1, then ANALYZE, which the runner does as well',
};
const OUTAGES: Readonly<Record<Restorer, string>> = { ours: 'the runner', ...IN_PLACE };

interface Speed {
  readonly rounds: Rounds<Contender | 'analyzed'>;
  /** Seconds that the runner's loading took. */
  readonly loading: readonly number[];
}

async function speed(ground: RestoreGround, rounds: number): Promise<Speed> {
  const loading: number[] = [];
  const analyzed: Effort[] = [];
  const contenders = {
    ours: async () => {
      const measured = await told('ours', runnerRestores(ground, DEFAULT_RESTORE_JOBS));
      loading.push(secondsBetween(measured.output, 'loading', 'loaded'));
      return measured;
    },
    single: () => told('single', runnerRestores(ground, 1)),
    peer: async () => {
      const measured = await told('peer', byHand(ground, PEER));
      const { seconds, cpuSeconds } = await byHand(ground, ANALYZE);
      analyzed.push({ ...measured, seconds: measured.seconds + seconds, cpuSeconds: measured.cpuSeconds + cpuSeconds });
      await drop(ground.server, PEER_DATABASE);
      return measured;
    },
  };
  const done = await step(`${rounds} rounds`, { usually: '2 min a round' }, () => inTurns(rounds, contenders));
  return { rounds: { ...done, analyzed }, loading };
}

async function outages({ rounds, megabytes }: BenchOptions<Part>): Promise<Outage[]> {
  const all: Outage[] = [];
  // The same each time: what is restored is what was there.
  const order: Restorer[] = [...Array.from({ length: Math.min(rounds, 3) }, () => 'ours' as const), 'clean', 'anew'];
  for (const size of [Math.ceil(megabytes / 10), megabytes]) {
    await onRestoreGround(size, async (ground) => {
      for (const name of order) all.push(await step(`Clients during: ${OUTAGES[name]}`, { usually: '1 min' }, () => outageOf(ground, name)));
    });
  }
  return all;
}

function showSpeed(rounds: Speed['rounds']): void {
  const row = ([name, efforts]: [string, readonly Effort[]]): string[] => {
    const seconds = efforts.map((effort) => effort.seconds);
    const middle = (of: keyof Effort, digits: number): string => median(efforts.map((effort) => effort[of])).toFixed(digits);
    return [TITLES[name as Contender], middle('seconds', 2), `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`, middle('cpuSeconds', 1), middle('megabytes', 0)];
  };
  console.log(`\n${textTable([['what', 's', 'all rounds', 'CPU s (clients)', 'peak MB (clients)'], ...Object.entries(rounds).map(row)])}`);
}

function showOutages(all: readonly Outage[]): void {
  const rows = all.map(({ name, size, reading, writing, failures }) => [OUTAGES[name], `${Math.round(size / 1e6)} MB`, reading.toFixed(2), writing.toFixed(2), String(failures)]);
  console.log(`\n${textTable([['what', 'database', 'reading: s without', 'writing: s without', 'failures'], ...rows])}`);
}

const speedFigures = ({ rounds, loading }: Speed): Figure[] => [
  { id: 'P6', what: 'the runner ÷ pg_restore -j1', value: ratio(rounds.ours, rounds.peer), unit: 'ratio', goal: '<=0.95' },
  // Its two sessions need no copy of the backup, so that the goal for several jobs and that for a stream are those of one thing.
  { id: 'P6-jobs', what: 'the same, as two jobs', value: ratio(rounds.ours, rounds.peer), unit: 'ratio', goal: '<=0.70' },
  { id: 'P6-single', what: 'the runner with one session ÷ pg_restore -j1', value: ratio(rounds.single, rounds.peer), unit: 'ratio', goal: '' },
  { id: 'P6-analyzed', what: 'the runner ÷ pg_restore -j1 and ANALYZE', value: ratio(rounds.ours, rounds.analyzed), unit: 'ratio', goal: '' },
  { id: 'P6-load', what: 'loading alone ÷ pg_restore -j1', value: median(loading.map((seconds, round) => seconds / (rounds.peer[round]?.seconds ?? Number.NaN))), unit: 'ratio', goal: '' },
  { id: 'P6-seconds', what: 'the runner, median', value: median(rounds.ours.map(({ seconds }) => seconds)), unit: 's', goal: '' },
];

const worst = (all: readonly Outage[], wanted: Restorer): number => Math.max(...all.filter(({ name }) => name === wanted).map(({ reading, writing }) => Math.max(reading, writing)));

const outageFigures = (all: readonly Outage[]): Figure[] => [
  { id: 'P9', what: 'longest time without a right answer, of all restores by the runner', value: worst(all, 'ours'), unit: 's', goal: '<=1' },
  { id: 'P9-clean', what: 'the same of pg_restore --clean', value: worst(all, 'clean'), unit: 's', goal: '' },
  { id: 'P9-anew', what: 'the same of dropping and restoring', value: worst(all, 'anew'), unit: 's', goal: '' },
];

const options = parseBench<Part>(process.argv.slice(2), ['speed', 'outage']);
if (options === 'help') {
  console.log(USAGE);
} else {
  const load = (): string => loadavg().map((value) => value.toFixed(1)).join(', ');
  console.error(`▸ Load of the machine before: ${load()}`);
  const measured = options.parts.includes('speed') ? await onRestoreGround(options.megabytes, (ground) => speed(ground, options.rounds)) : undefined;
  const seen = options.parts.includes('outage') ? await outages(options) : [];
  if (measured !== undefined) showSpeed(measured.rounds);
  if (seen.length > 0) showOutages(seen);
  showFigures([...(measured === undefined ? [] : speedFigures(measured)), ...(seen.length === 0 ? [] : outageFigures(seen))], options.json);
  console.error(`Load of the machine after: ${load()}`);
}
