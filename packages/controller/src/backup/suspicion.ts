// Whether a backup holds so much less than the last good one that somebody has to look. Pure.
import { ANNOTATION_ACCEPTED, ConditionType, endOf, newestGood, Reason, scheduleUidOf, type Anomaly, type Backup, type ConditionUpdate } from '@postgres-operator/api';

/** How much is in a backup. */
export interface Amount {
  readonly tables?: number | undefined;
  readonly rows?: number | undefined;
  readonly plainBytes?: number | undefined;
}

/** Half of all rows are not deleted by chance, and mostly not on purpose either. */
const MAX_DROP_PERCENT = 50;
/** Where less is there, a clean-up of a test table is a large part of all. */
const MIN_ROWS = 1000;
/** Migrations drop a table now and then: a tenth of all, or one. */
const missingTablesBy = (tables: number): number => Math.max(1, Math.floor(tables / 10));

/** The good run of the same schedule that a run is compared with: the newest of the same content. */
export function comparedWith(run: Backup, others: readonly Backup[]): Backup | undefined {
  if (scheduleUidOf(run) === undefined) return undefined;
  const content = ({ spec }: Backup): string => JSON.stringify([spec.databaseRef.name, spec.selection ?? null]);
  return newestGood(others.filter((other) => other.metadata.uid !== run.metadata.uid && content(other) === content(run)));
}

/** Condition Suspicious of a backup with that much in it; undefined where there is nothing to compare. */
export function suspicionOf(amount: Amount, before: Backup | undefined, anomaly: Anomaly = {}): ConditionUpdate | undefined {
  const rows = before?.status?.rows;
  if (before === undefined || rows === undefined || rows < (anomaly.minRows ?? MIN_ROWS) || amount.rows === undefined) return undefined;
  const type = ConditionType.Suspicious;
  const than = `the last good backup ${before.metadata.name} (${new Date(endOf(before)).toISOString().slice(0, 16)}Z)`;
  const less = whatIsLess(amount, before.status ?? {}, anomaly);
  if (less === undefined) return { type, status: 'False', reason: Reason.AsExpected, message: `Nothing much is missing of ${than}` };
  return { type, status: 'True', reason: less.reason, message: `It has ${less.what} than ${than}. If that is meant to be so, annotate this Backup with ${ANNOTATION_ACCEPTED}` };
}

function whatIsLess(now: Amount, then: Amount, { maxRowDropPercent = MAX_DROP_PERCENT, maxMissingTables }: Anomaly): { reason: string; what: string } | undefined {
  const [tables, rows] = [then.tables ?? 0, then.rows ?? 0];
  const missing = tables - (now.tables ?? tables);
  if (missing > (maxMissingTables ?? missingTablesBy(tables))) return { reason: Reason.TablesMissing, what: `${now.tables} tables, ${missing} fewer` };
  if (maxRowDropPercent === 100) return undefined;
  if (dropOf(now.rows, rows) >= maxRowDropPercent) return { reason: Reason.RowsDropped, what: `${now.rows} rows instead of ${rows}, ${Math.floor(dropOf(now.rows, rows))} % fewer` };
  if (dropOf(now.plainBytes, then.plainBytes) >= maxRowDropPercent) return { reason: Reason.BytesDropped, what: `${now.plainBytes} bytes before compression instead of ${then.plainBytes}, much less` };
  return undefined;
}

/** Condition Suspicious of a backup that a drill could not restore, or found to be other than it was. */
export const doubted = (why: string): ConditionUpdate => ({ type: ConditionType.Suspicious, status: 'True', reason: Reason.DrillFailed, message: `A drill failed on it: ${why}. If it is to count as good all the same, annotate this Backup with ${ANNOTATION_ACCEPTED}` });

/** By how many percent it has become less; -1 when it has not, or nobody knows. */
const dropOf = (now: number | undefined, then: number | undefined): number => (now === undefined || then === undefined || now >= then ? -1 : ((then - now) * 100) / then);
