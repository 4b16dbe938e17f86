// How old the newest good backup of a Database, and its newest proof, may be, as the Database itself asks for it. Pure.
import { ConditionType, endOf, newestGood, newestProven, parseAge, provenAt, Reason, setConditions, timeOf, type Backup, type ConditionUpdate, type Database, type DatabaseStatus } from '@postgres-operator/api';
import type { Plan } from '../reconcile/plan.ts';

/** What an objective comes to. */
export interface Freshness {
  readonly condition: ConditionUpdate;
  /** Milliseconds until what it is about is too old, if nothing happens. */
  readonly lookAgainMs?: number;
}

interface Objective {
  readonly field: 'maxAge' | 'maxProvenAge';
  readonly type: string;
  readonly what: string;
  readonly newest: (backups: readonly Backup[]) => Backup | undefined;
  readonly at: (backup: Backup) => number;
}

const OBJECTIVES: readonly Objective[] = [
  { field: 'maxAge', type: ConditionType.BackupStale, what: 'good backup', newest: newestGood, at: endOf },
  { field: 'maxProvenAge', type: ConditionType.ProofStale, what: 'backup that a drill has proven', newest: newestProven, at: provenAt },
];

/** Decides at a moment, given the Completed Backups of the Database; nothing for an objective that is not set. */
export const freshnessOf = (database: Database, backups: readonly Backup[], now: number): Freshness[] => OBJECTIVES.flatMap((objective) => judge(database, { backups, objective }, now));

function judge({ metadata, spec }: Database, { backups, objective }: { backups: readonly Backup[]; objective: Objective }, now: number): Freshness[] {
  const { field, type, what, newest, at } = objective;
  const wanted = spec.objective?.[field];
  const maxAge = parseAge(wanted ?? '');
  if (wanted === undefined || maxAge === undefined) return [];
  const found = newest(backups.filter((backup) => backup.spec.selection === undefined));
  // A Database that was just created has as long for its first one.
  const due = (found === undefined ? Date.parse(metadata.creationTimestamp ?? '') : at(found)) + maxAge;
  const seen = found === undefined ? `There is no ${what}` : `The newest ${what} is ${found.metadata.name} of ${timeOf(at(found))}`;
  if (now > due) return [{ condition: { type, status: 'True', reason: Reason.ObjectiveMissed, message: `${seen}; objective.${field} is ${wanted}` } }];
  return [{ condition: { type, status: 'False', reason: Reason.ObjectiveMet, message: `${seen}; the next one is due by ${timeOf(due)}` }, lookAgainMs: due - now + 1000 }];
}

/** A plan for a Database that also says how old its newest backup and proof are, and looks again when one gets too old. */
export function withFreshness<P extends Plan<DatabaseStatus>>(plan: P, { database, backups }: { database: Database; backups: readonly Backup[] }, now: number): P {
  if (plan.status === undefined || database.metadata.deletionTimestamp !== undefined) return plan;
  const fresh = freshnessOf(database, backups, now);
  const before = plan.status.conditions ?? [];
  const kept = before.filter(({ type }) => fresh.some(({ condition }) => condition.type === type) || !OBJECTIVES.some((objective) => objective.type === type));
  if (fresh.length === 0) return kept.length === before.length ? plan : { ...plan, status: { ...plan.status, conditions: kept } };
  const conditions = setConditions(kept, fresh.map(({ condition }) => condition), { generation: database.metadata.generation ?? 0, now: timeOf(now) });
  return { ...plan, status: { ...plan.status, conditions }, requeueAfterMs: Math.min(plan.requeueAfterMs ?? LONGEST_WAIT_MS, ...fresh.map(({ lookAgainMs = LONGEST_WAIT_MS }) => lookAgainMs)) };
}

/** Timers are set anew at least so often. */
const LONGEST_WAIT_MS = 3_600_000;
