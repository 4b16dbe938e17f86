// How long a server gets to stop in order before it is killed.
import type { Parameters } from '../parameters/file.ts';

const MEBIBYTE = 2 ** 20;

/** PostgreSQL's memory units; a number without one is of blocks of 8 kB. */
const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1024, MB: MEBIBYTE, GB: 1024 * MEBIBYTE, TB: MEBIBYTE * MEBIBYTE, '': 8192 };

/**
 * At least this many seconds. Half of it is what Kubernetes waits before it looks again for a pod that goes with its namespace, so more
 * would keep each deleted namespace there for longer.
 */
const LEAST_SECONDS = 60;
/** What a slow volume writes in a second, in scattered pages. */
const WRITTEN_BYTES_A_SECOND = 32 * MEBIBYTE;
/** No server stops a node from being drained for longer than half an hour. */
const MOST_SECONDS = 1800;

/** Bytes of a setting such as 512MB; undefined for what PostgreSQL would not take either. */
function bytesOf(setting: string): number | undefined {
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(setting) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/**
 * Seconds for a stop. A fast shutdown writes what is in the buffers and not yet in the files: at most shared_buffers. A server that is killed
 * meanwhile loses nothing, but has to recover at its next start.
 */
export function stopSeconds(parameters: Parameters = {}): number {
  const buffers = bytesOf(parameters['shared_buffers'] ?? '') ?? 0;
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Math.ceil(buffers / WRITTEN_BYTES_A_SECOND)));
}
