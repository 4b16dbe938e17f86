// What is told of a drill that has ended. Pure.
import { ConditionType, findCondition, Reason, setConditions, timeOf, type Backup, type BackupStatus, type ConditionUpdate, type DrillSucceeded, type VerificationStatus } from '@postgres-operator/api';
import type { Notice } from '../../reconcile/plan.ts';
import { countsOf } from '../../run/counts.ts';
import { doubted } from '../suspicion.ts';

/** What a drill comes to. */
export interface Conclusion {
  readonly found: Partial<VerificationStatus>;
  readonly proof: ConditionUpdate;
  /** What it says against the Backup itself. */
  readonly suspicion?: ConditionUpdate;
  readonly notice?: Notice;
}

interface Why {
  readonly reason: string;
  readonly message: string;
}

const type = ConditionType.RestoreProven;

/** The backup was restored, and is what was backed up; what users asked of it may have another answer than the right one. */
export function outcomeOf(result: DrillSucceeded): Conclusion {
  const { tables, rows, constraints, indexes, sequences, queries, serverVersion, plainBytes } = result;
  const seconds = secondsBetween(result.startedAt, result.finishedAt);
  const restoring = secondsBetween(result.startedAt, result.restoredAt);
  const found = {
    durationSeconds: Math.round(seconds),
    ...countsOf(result),
    ...(indexes !== undefined && { indexes }),
    ...(restoring > 0 && { bytesPerSecond: Math.round(plainBytes / restoring) }),
    serverVersion,
    ...(queries && { queries }),
  };
  const counted = tables === undefined || rows === undefined ? 'The backup does not say how many rows it holds, and was restored whole' : `${rows} rows of ${tables} tables were restored, as many as the backup holds`;
  const wrong = (queries ?? []).filter(({ passed }) => !passed);
  if (wrong.length > 0) return { found, ...against(Reason.QueryFailed, `wrong answers: ${wrong.map(({ name, answer }) => `${name}: ${answer}`).join('; ')}`) };
  const looked = `${constraints} constraints, ${indexes === undefined ? 'no' : indexes} indexes and ${sequences} sequences hold${queries === undefined ? '' : `, and ${queries.length} queries`}`;
  const message = `${counted}, in ${Math.round(restoring)} s into PostgreSQL ${serverVersion}; ${looked}`;
  return { found, proof: { type, status: 'True', reason: Reason.Proven, message }, notice: { type: 'Normal', what: 'is proven by a drill', reason: Reason.Proven, message } };
}

/** There was no drill: that says nothing about the backup. */
export const refused = (reason: string, message: string): Conclusion => ({ found: {}, proof: { type, status: 'False', reason, message }, notice: { what: 'could not be drilled', reason, message } });

/** What only a bad backup brings about. */
const AGAINST_THE_BACKUP: ReadonlySet<string> = new Set(['BackupMissing', 'BackupCorrupt', 'RestoreFailed', 'ContentDamaged']);

/** A drill failed for good. */
export function disproved(backup: Backup, { reason, message }: Why): Conclusion {
  const proof = { type, status: 'False', reason, message } as const;
  // That a Restore fails on what only a superuser can create is known since the Backup was made.
  const isKnown = reason === 'RestoreFailed' && findCondition(backup.status?.conditions, ConditionType.OwnerRestorable)?.status === 'False';
  if (!AGAINST_THE_BACKUP.has(reason) || isKnown) return { found: {}, proof, notice: { what: 'could not be drilled', reason, message } };
  return { found: {}, ...against(reason, message) };
}

const against = (reason: string, message: string): Omit<Conclusion, 'found'> => ({
  proof: { type, status: 'False', reason, message },
  suspicion: doubted(`${reason}: ${message}`),
  notice: { what: 'failed its drill', reason: Reason.DrillFailed, message: `${reason}: ${message}` },
});

const secondsBetween = (start: string, end: string): number => Math.max(Date.parse(end) - Date.parse(start), 0) / 1000;

/** The status of a Backup that has ended, with what came later. */
export function tell({ metadata, status }: Backup, { verification, updates }: { verification: VerificationStatus; updates: readonly ConditionUpdate[] }, now: number): BackupStatus {
  const generation = status?.observedGeneration ?? metadata.generation ?? 0;
  return { ...status, verification, conditions: setConditions(status?.conditions, updates, { generation, now: timeOf(now) }) };
}
