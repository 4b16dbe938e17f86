// npm run bench:backup: a backup to a bucket beside what people write themselves (P1 to P3), and one on the cluster (P11).
import { freemem, loadavg } from 'node:os';
import { textTable } from '../demo/report.ts';
import { ensureDebianPackages } from '../lib/packages.ts';
import { step } from '../lib/step.ts';
import { bundleRunner } from '../../packages/backup-runner/test/pod.ts';
import { startObjectStore } from '../../packages/backup-runner/test/object-store.ts';
import { startPostgres } from '../../packages/backup-runner/test/postgres-server.ts';
import { parseBench, type BenchOptions } from './bench-options.ts';
import { fill } from './bench-data.ts';
import { PEERS, runOurs, runPeer, told, type Contender, type Ground } from './contenders.ts';
import { emptyBackups } from './empty-backup.ts';
import { showFigures, type Figure } from './figures.ts';
import type { Measured } from './process-tree.ts';
import { inTurns, median, ratio, type Effort, type Rounds } from './rounds.ts';

const USAGE = `usage: npm run bench:backup [-- --json FILE] [--megabytes 1500] [--rounds 5] [--only stream|cluster]

stream:  dumps a database of that size from a real PostgreSQL into a real S3 server, both on this machine: the runner, in
         turns with pg_dump through rclone, through zstd and rclone (in parts of two sizes), and in two jobs through tar, zstd and rclone.
cluster: a Backup of an empty Database on the embedded cluster, in turns with a bare Job that does nothing.

About 10 minutes on two idle cores. Installs rclone and zstd from Debian if they are missing.`;

type Part = 'stream' | 'cluster';
type Outcome = { readonly rounds: Rounds<Contender>; readonly runnerMegabytes: number };

const TITLES: Readonly<Record<Contender, string>> = { ours: 'the runner, with its proof', ...PEERS };
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** All of the database in memory, and room for the rest. */
const sharedBuffers = (): string => `shared_buffers=${Math.floor(Math.min(2048, freemem() / 4 / 2 ** 20))}MB`;

async function onGround<T>(size: number, work: (ground: Ground) => Promise<T>): Promise<T> {
  await ensureDebianPackages(['rclone', 'zstd']);
  const [server, store, bundle] = await Promise.all([startPostgres([sharedBuffers(), 'max_wal_size=4GB', 'wal_level=minimal', 'max_wal_senders=0']), startObjectStore(), bundleRunner()]);
  try {
    await step(`A database of ${size} MB`, { usually: '1 min' }, async () => console.error(`  it has ${megabytes(await fill(server, size))}`));
    return await work({ server, store, bundle });
  } finally {
    await Promise.all([server.stop(), store.stop(), bundle.remove()]);
  }
}

async function stream({ rounds, megabytes: size }: BenchOptions<Part>): Promise<Outcome> {
  return onGround(size, async (ground) => {
    const peaks: number[] = [];
    const ours = async (): Promise<Measured> => {
      const measured = await told('ours', runOurs(ground));
      peaks.push(measured.peaks[0] ?? Number.NaN);
      return measured;
    };
    const peer = (name: Exclude<Contender, 'ours'>) => (): Promise<Measured> => told(name, runPeer(ground, name));
    // Whatever the server and the disk remember after the first round, they remember before it.
    await runPeer(ground, 'floor');
    const done = await step(`${rounds} rounds`, { usually: '2 min a round' }, () => inTurns(rounds, { ours, P1: peer('P1'), P2: peer('P2'), tuned: peer('tuned'), P3: peer('P3'), floor: peer('floor') }));
    return { rounds: done, runnerMegabytes: Math.max(...peaks) };
  });
}

function showEfforts(rounds: Rounds<Contender>): void {
  const row = ([name, efforts]: [string, readonly Effort[]]): string[] => {
    const seconds = efforts.map((effort) => effort.seconds);
    const middle = (of: keyof Effort, digits: number): string => median(efforts.map((effort) => effort[of])).toFixed(digits);
    return [name, TITLES[name as Contender], middle('seconds', 2), `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`, middle('cpuSeconds', 1), middle('megabytes', 0)];
  };
  console.log(`\n${textTable([['', 'what', 's', 'all rounds', 'CPU s', 'peak MB'], ...Object.entries(rounds).map(row)])}`);
}

const streamFigures = ({ rounds, runnerMegabytes }: Outcome): Figure[] => [
  { id: 'P1', what: 'the runner ÷ pg_dump -Fc | rclone', value: ratio(rounds.ours, rounds.P1), unit: 'ratio', goal: '<=0.30' },
  { id: 'P2', what: 'the runner ÷ pg_dump | zstd -1 | rclone', value: ratio(rounds.ours, rounds.P2), unit: 'ratio', goal: '<=1.10' },
  { id: 'P2-tuned', what: 'the runner ÷ the same with rclone in parts of 16 MiB', value: ratio(rounds.ours, rounds.tuned), unit: 'ratio', goal: '<=1.10' },
  { id: 'P3', what: 'the runner ÷ pg_dump -Fd -j2, tar | zstd -1 -T2 | rclone', value: ratio(rounds.ours, rounds.P3), unit: 'ratio', goal: '<=0.86' },
  { id: 'P-floor', what: 'the runner ÷ pg_dump > /dev/null', value: ratio(rounds.ours, rounds.floor), unit: 'ratio', goal: '' },
  { id: 'P-rss', what: 'peak resident memory of the runner itself, most of all rounds', value: runnerMegabytes, unit: 'MB', goal: '<=180' },
  { id: 'P-seconds', what: 'the runner, median', value: median(rounds.ours.map(({ seconds }) => seconds)), unit: 's', goal: '' },
  { id: 'P-cpu', what: 'processor time of the runner and its pg_dump, median', value: median(rounds.ours.map(({ cpuSeconds }) => cpuSeconds)), unit: 's', goal: '' },
];

const options = parseBench<Part>(process.argv.slice(2), ['stream', 'cluster']);
if (options === 'help') {
  console.log(USAGE);
} else {
  const load = (): string => loadavg().map((value) => value.toFixed(1)).join(', ');
  console.error(`▸ Load of the machine before: ${load()}`);
  const outcome = options.parts.includes('stream') ? await stream(options) : undefined;
  const onCluster = options.parts.includes('cluster') ? await emptyBackups(options.rounds) : [];
  if (outcome !== undefined) showEfforts(outcome.rounds);
  showFigures([...(outcome === undefined ? [] : streamFigures(outcome)), ...onCluster], options.json);
  console.error(`Load of the machine after: ${load()}`);
}
