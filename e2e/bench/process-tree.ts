// Runs a command and measures it with all its descendants.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { childrenOf } from '../lib/process.ts';
import type { Effort } from './rounds.ts';

const LOOK_EVERY_MS = 50;

/** A script for bash. */
export interface Script {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What it took. */
export interface Measured extends Effort {
  /** Peak resident memory of each of its processes, in MB, the largest first. */
  readonly peaks: readonly number[];
  readonly output: string;
}

/** Runs a script whose pipelines must not fail. @throws Error with what it printed when it fails. */
export async function measure({ text, env, cwd }: Script): Promise<Measured> {
  const startedAt = performance.now();
  // `times` tells of every descendant that was waited for; which is why the shell stays.
  const child = spawn('bash', ['-c', `set -eu -o pipefail\n${text}\ntimes >&3`], { env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const output = ['', '', ''];
  for (const [index, stream] of child.stdio.slice(1).entries()) stream?.on('data', (chunk: Buffer) => (output[index] += chunk.toString()));
  const peaks = new Map<number, number>();
  const look = setInterval(() => lookAt(child.pid ?? 0, peaks), LOOK_EVERY_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(look);
  const seconds = (performance.now() - startedAt) / 1000;
  const [stdout = '', stderr = '', times = ''] = output;
  if (code !== 0) throw new Error(`${text}\nended with exit code ${code}: ${stderr.trim()} ${stdout.trim().slice(-2000)}`);
  return { seconds, cpuSeconds: cpuSeconds(times), ...memory([...peaks.values()]), output: stdout };
}

/** Seconds in what the shell's `times` prints: of itself, then of its children. Pure. */
export const cpuSeconds = (times: string): number => [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);

function lookAt(pid: number, peaks: Map<number, number>): void {
  // What has ended and was not waited for yet has no memory any more.
  peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakOf(pid)));
  for (const child of childrenOf(pid)) lookAt(child, peaks);
}

function peakOf(pid: number): number {
  try {
    const kilobytes = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return (kilobytes * 1024) / 1e6;
  } catch {
    return 0;
  }
}

const memory = (peaks: readonly number[]): Pick<Measured, 'megabytes' | 'peaks'> => ({ megabytes: peaks.reduce((sum, peak) => sum + peak, 0), peaks: peaks.toSorted((one, other) => other - one) });
