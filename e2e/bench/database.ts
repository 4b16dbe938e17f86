// npm run bench:database: how soon a Database is up (P10) and with how many writes (P13), and what a client notices of an update (P12).
import { loadavg } from 'node:os';
import { textTable } from '../demo/report.ts';
import type { Cluster } from '../cluster/index.ts';
import { ensureOperator } from '../harness/operator.ts';
import { step } from '../lib/step.ts';
import { parseBench } from './bench-options.ts';
import { startOf, STARTERS, type Start, type Starter } from './database/starts.ts';
import { updates, type Update } from './database/update.ts';
import { showFigures, type Figure } from './figures.ts';
import { median } from './rounds.ts';

const USAGE = `usage: npm run bench:database [-- --json FILE] [--rounds 5] [--only start|update]

start:  on the embedded cluster, in turns: a bare StatefulSet of one PostgreSQL server that is looked at each second, and Databases of one
        and of three servers; seconds from created until ready, and the writes at the API server meanwhile, whoever made them.
update: another image for a Database of three servers while a client writes row by row: the longest time between two acknowledged rows.

About 8 minutes on two idle cores. Let nothing else run on that cluster: its writes would count.`;

type Part = 'start' | 'update';
type Starts = Record<Starter, Start[]>;

async function starts(cluster: Cluster, rounds: number): Promise<Starts> {
  const all: Starts = { floor: [], one: [], three: [] };
  const names = Object.keys(all) as Starter[];
  for (let round = 0; round < rounds; round += 1) {
    // Every other round backwards, so that none always follows the same one.
    for (const name of round % 2 === 0 ? names : names.toReversed()) all[name].push(await startOf(cluster, name));
  }
  return all;
}

function showStarts(all: Starts): void {
  const row = ([name, own]: [string, Start[]]): string[] => [
    STARTERS[name as Starter],
    median(own.map(({ seconds }) => seconds)).toFixed(1),
    own.map(({ seconds }) => seconds.toFixed(1)).join(', '),
    own.map(({ writes }) => writes.length).join(', '),
  ];
  console.log(`\n${textTable([['what', 's until ready', 'all rounds', 'writes'], ...Object.entries(all).map(row)])}`);
}

const showUpdates = (all: readonly Update[]): void =>
  console.log(`\n${textTable([['update', 's', 'longest gap, s', 'errors', 'rows', 'lost'], ...all.map(({ seconds, gap, errors, acknowledged, lost }, index) => [String(index + 1), seconds.toFixed(1), gap.toFixed(2), String(errors), String(acknowledged), String(lost)])])}`);

function startFigures(all: Starts): Figure[] {
  const times = (name: Starter): number => median(all[name].map(({ seconds }, round) => seconds / (all.floor[round]?.seconds ?? Number.NaN)));
  const writes = (name: Starter): number => median(all[name].map((start) => start.writes.length));
  return [
    { id: 'P10', what: 'Database of 1 server, created until Ready ÷ a bare StatefulSet', value: times('one'), unit: 'ratio', goal: '<=1.6' },
    { id: 'P10-3', what: 'the same of 3 servers', value: times('three'), unit: 'ratio', goal: '<=3.2' },
    { id: 'P10-floor', what: 'a bare StatefulSet, created until ready', value: median(all.floor.map(({ seconds }) => seconds)), unit: 's', goal: '' },
    { id: 'P13', what: 'writes until a Database of 1 server is Ready', value: writes('one'), unit: 'writes', goal: '<=50' },
    { id: 'P13-3', what: 'the same of 3 servers', value: writes('three'), unit: 'writes', goal: '<=110' },
    { id: 'P13-floor', what: 'the same of a bare StatefulSet', value: writes('floor'), unit: 'writes', goal: '' },
  ];
}

const updateFigures = (all: readonly Update[]): Figure[] => [
  { id: 'P12', what: 'longest gap between acknowledged writes in an update of 3 servers, median', value: median(all.map(({ gap }) => gap)), unit: 's', goal: '<=3' },
  { id: 'P12-most', what: 'the same, the longest of all', value: Math.max(...all.map(({ gap }) => gap)), unit: 's', goal: '' },
  { id: 'P12-lost', what: 'acknowledged rows lost in all of them', value: all.reduce((sum, { lost }) => sum + lost, 0), unit: 'rows', goal: '=0' },
];

const options = parseBench<Part>(process.argv.slice(2), ['start', 'update']);
if (options === 'help') {
  console.log(USAGE);
} else {
  const { parts, rounds, json } = options;
  const load = (): string => loadavg().map((value) => value.toFixed(1)).join(', ');
  console.error(`▸ Load of the machine before: ${load()}`);
  const cluster = await ensureOperator();
  const started = parts.includes('start') ? await step(`${rounds} rounds of starts`, { usually: '1 min a round' }, () => starts(cluster, rounds)) : undefined;
  const updated = parts.includes('update') ? await step(`${rounds} updates`, { usually: '30 s each' }, () => updates(cluster, rounds)) : [];
  if (started !== undefined) showStarts(started);
  if (updated.length > 0) showUpdates(updated);
  showFigures([...(started === undefined ? [] : startFigures(started)), ...(updated.length === 0 ? [] : updateFigures(updated))], json);
  console.error(`Load of the machine after: ${load()}`);
}
