// What is counted of runs as they end. Gauges tell of the objects that there are, by Database; these also remember those that were
// deleted since, and name no Database, so that there are never more of them than reasons.
import { isScheduled } from '@postgres-operator/api';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Caches } from '../reconcile/caches.ts';
import type { RunObject } from './desired-job.ts';
import { failureReasonOf, secondsOf } from './gauges.ts';
import { isTerminal } from './turn.ts';

/** From an empty database to one of terabytes. */
const BUCKETS = [2, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600];

/** Counts the runs that end while this process is the one at work: caches fill in others too, and two would count each run twice. */
export function countRuns(registry: Registry, { backups, restores }: Pick<Caches, 'backups' | 'restores'>, isAtWork: () => boolean): void {
  const registers = [registry];
  const ends = new Counter({ name: 'database_run_ends_total', help: 'Backups and Restores that ended, by result and reason', labelNames: ['kind', 'result', 'reason'], registers });
  const durations = new Histogram({ name: 'database_run_duration_seconds', help: 'Seconds from the start of a Completed Backup or Restore to its end', labelNames: ['kind'], buckets: BUCKETS, registers });
  const count = (before: RunObject | undefined, after: RunObject | undefined): void => {
    if (before === undefined || after === undefined || !hasEnded(before, after) || !isAtWork()) return;
    const { kind } = after;
    if (after.status?.phase === 'Failed') return ends.inc({ kind, result: 'failure', reason: failureReasonOf(after) });
    ends.inc({ kind, result: 'success', reason: '' });
    const seconds = durationOf(after);
    if (seconds !== undefined) durations.observe({ kind }, seconds);
  };
  backups.onChange(count);
  restores.onChange(count);
}

/** A schedule shows the phase of its newest run, which is counted itself; what a scan found has not run. */
const hasEnded = (before: RunObject, after: RunObject): boolean => !isTerminal(before) && isTerminal(after) && !(after.kind === 'Backup' && (isScheduled(after.spec) || after.spec.adopted !== undefined));

function durationOf({ status }: RunObject): number | undefined {
  const [start, end] = [secondsOf(status?.startedAt), secondsOf(status?.completedAt)];
  return start === undefined || end === undefined ? undefined : end - start;
}
