// How old the newest good backup of a Database may be, as the Database itself asks for it. Pure.
import { ConditionType, parseAge, Reason, setCondition, timeOf, type Backup, type ConditionUpdate, type Database, type DatabaseStatus } from '@postgres-operator/api';
import type { Plan } from '../reconcile/plan.ts';
import { endOf, newestGood } from './standing.ts';

/** What the objective comes to. */
export interface Freshness {
  readonly condition: ConditionUpdate;
  /** Milliseconds until the newest good backup is too old, if nothing happens. */
  readonly lookAgainMs?: number;
}

/** Decides at a moment, given the Completed Backups of the Database; undefined without an objective. */
export function freshnessOf({ metadata, spec }: Database, backups: readonly Backup[], now: number): Freshness | undefined {
  const maxAge = parseAge(spec.objective?.maxAge ?? '');
  if (spec.objective === undefined || maxAge === undefined) return undefined;
  const newest = newestGood(backups.filter((backup) => backup.spec.selection === undefined));
  // A Database that was just created has as long for its first one.
  const due = (newest === undefined ? Date.parse(metadata.creationTimestamp ?? '') : endOf(newest)) + maxAge;
  const what = newest === undefined ? 'There is no good backup' : `The newest good backup is ${newest.metadata.name} of ${timeOf(endOf(newest))}`;
  const type = ConditionType.BackupStale;
  if (now > due) return { condition: { type, status: 'True', reason: Reason.ObjectiveMissed, message: `${what}; objective.maxAge is ${spec.objective.maxAge}` } };
  return { condition: { type, status: 'False', reason: Reason.ObjectiveMet, message: `${what}; the next one is due by ${timeOf(due)}` }, lookAgainMs: due - now + 1000 };
}

/** A plan for a Database that also says how old its newest backup is, and looks again when it gets too old. */
export function withFreshness<P extends Plan<DatabaseStatus>>(plan: P, { database, backups }: { database: Database; backups: readonly Backup[] }, now: number): P {
  if (plan.status === undefined || database.metadata.deletionTimestamp !== undefined) return plan;
  const fresh = freshnessOf(database, backups, now);
  const before = plan.status.conditions ?? [];
  if (fresh === undefined) return before.some(isAboutIt) ? { ...plan, status: { ...plan.status, conditions: before.filter((condition) => !isAboutIt(condition)) } } : plan;
  const conditions = setCondition(before, fresh.condition, { generation: database.metadata.generation ?? 0, now: timeOf(now) });
  return { ...plan, status: { ...plan.status, conditions }, requeueAfterMs: Math.min(plan.requeueAfterMs ?? LONGEST_WAIT_MS, fresh.lookAgainMs ?? LONGEST_WAIT_MS) };
}

const isAboutIt = ({ type }: { readonly type: string }): boolean => type === ConditionType.BackupStale;
/** Timers are set anew at least so often. */
const LONGEST_WAIT_MS = 3_600_000;
