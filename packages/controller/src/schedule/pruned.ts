// What retention has a schedule delete: first it is told in the status, then it is done. Pure.
import { ANNOTATION_PRUNED, ConditionType, endOf, findCondition, parseAge, Reason, standingOf, timeOf, type Backup, type BackupStatus, type ConditionUpdate } from '@postgres-operator/api';
import { marksOf } from '../retention/marks.ts';
import { pruning, type Policy } from '../retention/policy.ts';
import { deletionOf, type Effect } from '../reconcile/plan.ts';
import type { ScheduleWorld } from './world.ts';

/** How long what is to be deleted stands in the status before it is. */
export const NOTICE_MS = 30_000;
/** So many are told of, and deleted, at a time. */
const AT_A_TIME = 10;

/** What is done, what the status says of it, and when to look again. */
export interface Retention {
  readonly effects: readonly Effect[];
  /** True: it is only done when the API server has been asked. */
  readonly inDoubt: boolean;
  readonly deletingNext: NonNullable<BackupStatus['deletingNext']>;
  readonly conditions: readonly ConditionUpdate[];
  readonly wakeAt?: number;
}

/** Nothing is deleted, and nothing is told of it. */
export const NO_RETENTION: Retention = { effects: [], inDoubt: false, deletingNext: [], conditions: [] };

/** The rules of a schedule. */
export function policyOf({ spec }: Backup): Policy {
  const { maxAge, minKeep = 1, ...keep } = spec.retentionPolicy ?? { keepLast: spec.retention };
  return { ...keep, maxAgeMs: maxAge === undefined ? undefined : parseAge(maxAge), minKeep, timeZone: spec.timeZone ?? 'Etc/UTC' };
}

/** Decides at a moment. */
export function retentionOf({ object, runs, inUse, certain }: ScheduleWorld, now: number): Retention {
  const history = runs.map((run) => ({ name: run.metadata.name, at: endOf(run), state: standingOf(run), pinned: run.spec.pinned === true }));
  const { failed, good, frozen } = pruning(history, policyOf(object), now);
  const unwanted = [...failed, ...good];
  const known = new Map(object.status?.deletingNext?.map(({ name, after }) => [name, after]));
  const deletingNext = unwanted.slice(0, AT_A_TIME).map((name) => ({ name, after: known.get(name) ?? timeOf(now + NOTICE_MS) }));
  const due = deletingNext.filter(({ name, after }) => Date.parse(after) <= now && !inUse.has(name));
  const spared = runs.filter(({ metadata }) => metadata.annotations?.[ANNOTATION_PRUNED] !== undefined && !unwanted.includes(metadata.name));
  const effects = [...spared.map((run): Effect => ({ do: 'markBackup', object: marksOf(run, false) })), ...due.flatMap(({ name }) => prune(runs.find(({ metadata }) => metadata.name === name)))];
  const waits = deletingNext.map(({ after }) => Date.parse(after)).filter((after) => after > now);
  return {
    effects: certain ? effects : [],
    inDoubt: !certain && effects.length > 0,
    deletingNext,
    conditions: frozenCondition(object, frozen),
    ...(waits.length > 0 && { wakeAt: Math.min(...waits) }),
  };
}

/** With the data of one that has any: the mark makes sure of that, whatever its deletionPolicy. */
function prune(run: Backup | undefined): Effect[] {
  if (run === undefined) return [];
  const marks: Effect[] = standingOf(run) === 'failed' ? [] : [{ do: 'markBackup', object: marksOf(run, true) }];
  return [...marks, ...deletionOf('backups', run)];
}

function frozenCondition({ status }: Backup, frozen: string | undefined): ConditionUpdate[] {
  const type = ConditionType.RetentionFrozen;
  if (frozen !== undefined) return [{ type, status: 'True', reason: Reason.NewestNotGood, message: `Good backups that the rules do not want are kept: ${frozen}` }];
  return findCondition(status?.conditions, type) === undefined ? [] : [{ type, status: 'False', reason: Reason.RulesFollowed, message: 'What the rules do not want is deleted' }];
}
