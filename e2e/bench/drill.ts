// npm run bench:drill: what the proof of a backup costs, beside a plain restore of the same one.
import { loadavg } from 'node:os';
import { textTable } from '../demo/report.ts';
import { step } from '../lib/step.ts';
import { parseBench } from './bench-options.ts';
import { secondsBetween, told } from './contenders.ts';
import { showFigures, type Figure } from './figures.ts';
import type { Measured } from './process-tree.ts';
import { drillRestores, onRestoreGround, runnerRestores, type RestoreGround } from './restore-ground.ts';
import { inTurns, median, ratio, type Rounds } from './rounds.ts';

const USAGE = `usage: npm run bench:drill [-- --json FILE] [--megabytes 1500] [--rounds 5]

Restores a database of that size, kept as a backup in a folder: a drill, into a server that is made for it and thrown away, in turns
with a Restore into a PostgreSQL with its own settings, which waits for its disk. Each is the runner from its start to its end.

About 8 minutes on two idle cores.`;

type Contender = 'drill' | 'plain';

/** Seconds of a drill that a plain restore does not have, and of what both have, one a round. */
interface Parts {
  readonly making: number[];
  readonly loading: number[];
  readonly examining: number[];
}

interface Outcome extends Parts {
  readonly rounds: Rounds<Contender>;
  /** Of the database. */
  readonly gigabytes: number;
}

async function bench(ground: RestoreGround, rounds: number): Promise<Outcome> {
  const parts: Parts = { making: [], loading: [], examining: [] };
  const drill = async (): Promise<Measured> => {
    const { measured, making } = await drillRestores(ground);
    parts.making.push(making);
    parts.loading.push(secondsBetween(measured.output, 'loading', 'loaded'));
    parts.examining.push(secondsBetween(measured.output, 'rows counted', 'examined'));
    return measured;
  };
  const contenders = { drill: () => told('drill', drill()), plain: () => told('plain', runnerRestores(ground, 1)) };
  return { rounds: await step(`${rounds} rounds`, { usually: '1 min a round' }, () => inTurns(rounds, contenders)), gigabytes: ground.size / 1e9, ...parts };
}

function show({ rounds, making, loading, examining }: Outcome): void {
  const row = (what: string, seconds: readonly number[]): string[] => [what, median(seconds).toFixed(2), `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`];
  const secondsOf = (name: Contender): number[] => rounds[name].map(({ seconds }) => seconds);
  const rows = [row('a drill', secondsOf('drill')), row('  its loading', loading), row('  ANALYZE, indexes, sequences', examining), row('its server, made before that', making), row('a plain restore', secondsOf('plain'))];
  console.log(`\n${textTable([['what', 's', 'all rounds'], ...rows])}`);
}

const figures = ({ rounds, making, examining, gigabytes }: Outcome): Figure[] => [
  { id: 'P6-drill', what: 'a drill ÷ a plain restore', value: ratio(rounds.drill, rounds.plain), unit: 'ratio', goal: '' },
  { id: 'P6-drill-cpu', what: 'processor time of the runner and its pg_restore, the same', value: median(rounds.drill.map(({ cpuSeconds }, round) => cpuSeconds / (rounds.plain[round]?.cpuSeconds ?? Number.NaN))), unit: 'ratio', goal: '' },
  { id: 'P6-drill-seconds', what: 'a drill, median', value: median(rounds.drill.map(({ seconds }) => seconds)), unit: 's', goal: '' },
  { id: 'P6-drill-making', what: 'its server, made before that', value: median(making), unit: 's', goal: '' },
  { id: 'P6-drill-examining', what: 'ANALYZE, indexes and sequences', value: median(examining), unit: 's', goal: '' },
  { id: 'P6-drill-gigabyte', what: 'a drill, for each GB of the database', value: median(rounds.drill.map(({ seconds }) => seconds / gigabytes)), unit: 's', goal: '' },
];

const options = parseBench(process.argv.slice(2), ['speed']);
if (options === 'help') {
  console.log(USAGE);
} else {
  const load = (): string => loadavg().map((value) => value.toFixed(1)).join(', ');
  console.error(`▸ Load of the machine before: ${load()}`);
  const outcome = await onRestoreGround(options.megabytes, (ground) => bench(ground, options.rounds));
  show(outcome);
  showFigures(figures(outcome), options.json);
  console.error(`Load of the machine after: ${load()}`);
}
