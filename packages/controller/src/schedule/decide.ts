// A Backup with a schedule: it creates Backups, tells of the newest, and deletes old ones. Pure.
import { ConditionType, findCondition, isTrue, newestGood, Reason, setConditions, standingOf, timeOf, type Backup, type BackupStatus, type ConditionUpdate } from '@postgres-operator/api';
import type { Plan } from '../reconcile/plan.ts';
import { desiredRun } from './desired-run.ts';
import { drillTimingOf } from './drill-timing.ts';
import { NO_RETENTION, retentionOf } from './pruned.ts';
import { timingOf } from './timing.ts';
import type { ScheduleWorld } from './world.ts';

/** A plan, or the wish to look closer before something is deleted. */
export interface SchedulePlan extends Plan<BackupStatus> {
  readonly inDoubt?: true;
}

/** Timers are set anew at least so often: a clock that is set does not move them. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Decides about a schedule at a moment (milliseconds since the epoch). */
export function decideSchedule(world: ScheduleWorld, now: number): SchedulePlan {
  const { object } = world;
  if (object.metadata.deletionTimestamp !== undefined) return { effects: [] };
  const timing = timingOf(world, now);
  const retention = timing.unreadable ? NO_RETENTION : retentionOf(world, now);
  if (retention.inDoubt) return { effects: [], inDoubt: true };
  const { deletingNext } = retention;
  const drills = drillTimingOf(world, now);
  const fields = { ...timing.fields, ...drills.fields, ...newestFields(world.runs), ...(deletingNext.length > 0 && { deletingNext }) };
  const waits = [timing.wakeAt, retention.wakeAt, drills.wakeAt].flatMap((at) => (at === undefined ? [] : [Math.max(at - now, 0)]));
  return {
    effects: [...(timing.start === undefined ? [] : [{ do: 'createRun', object: desiredRun(object, timing.start) } as const]), ...retention.effects],
    status: withConditions(object, fields, [readyOf(world.runs, timing.condition), timing.condition, ...stalled(object, timing.condition), ...retention.conditions, ...drills.conditions], now),
    ...(timing.missed !== undefined && { notice: { what: 'missed runs', reason: Reason.RunsMissed, message: timing.missed } }),
    requeueAfterMs: Math.min(...waits, LONGEST_WAIT_MS),
  };
}

/** Why a schedule does nothing until somebody changes it. */
const HOPELESS: ReadonlySet<string> = new Set([Reason.InvalidSpec, Reason.InvalidSchedule, Reason.NeverDue]);

/** Stalled is only there for a schedule that will not go on by itself, now or before: generic tools read it so. */
function stalled({ status }: Backup, { reason, message }: ConditionUpdate): ConditionUpdate[] {
  const type = ConditionType.Stalled;
  if (HOPELESS.has(reason)) return [{ type, status: 'True', reason, message }];
  return isTrue(status?.conditions, type) ? [{ type, status: 'False', reason, message }] : [];
}

/** The status of a schedule that could not do what it was to do. */
export function blockedSchedule({ object }: ScheduleWorld, { reason, message }: { reason: string; message: string }, now: number): BackupStatus {
  return withConditions(object, object.status ?? {}, [{ type: ConditionType.Scheduled, status: 'False', reason, message }], now);
}

function withConditions({ metadata, status }: Backup, fields: BackupStatus, updates: readonly ConditionUpdate[], now: number): BackupStatus {
  const generation = metadata.generation ?? 0;
  const conditions = setConditions(status?.conditions, updates, { generation, now: timeOf(now) });
  return { ...fields, observedGeneration: generation, conditions };
}

const newestOf = (runs: readonly Backup[]): Backup | undefined => [...runs].sort((one, other) => (bornAt(one) < bornAt(other) ? 1 : -1))[0];
const bornAt = ({ metadata }: Backup): string => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;

/** What the newest runs tell of themselves. */
function newestFields(runs: readonly Backup[]): Pick<BackupStatus, 'phase' | 'newestRun' | 'newestGood' | 'backupTime' | 'backupLocation' | 'size' | 'duration' | 'backupCount'> {
  const newest = newestOf(runs);
  const good = newestGood(runs);
  const { backupTime, backupLocation, size, duration } = good?.status ?? {};
  return {
    phase: newest === undefined ? 'Pending' : (newest.status?.phase ?? 'Pending'),
    ...(newest && { newestRun: newest.metadata.name }),
    ...(good && { newestGood: good.metadata.name }),
    ...(backupTime !== undefined && { backupTime }),
    ...(backupLocation !== undefined && { backupLocation }),
    ...(size !== undefined && { size }),
    ...(duration !== undefined && { duration }),
    backupCount: runs.filter((run) => standingOf(run) === 'good').length,
  };
}

function readyOf(runs: readonly Backup[], scheduled: ConditionUpdate): ConditionUpdate {
  const type = ConditionType.BackupReady;
  const newest = newestOf(runs);
  if (newest === undefined) return { type, status: 'False', reason: Reason.NoRunYet, message: `No run of this schedule was created yet. ${scheduled.message}` };
  const { status = 'False', reason = Reason.BackupInProgress, message = 'The run was created' } = findCondition(newest.status?.conditions, type) ?? {};
  return { type, status, reason, message: `${newest.metadata.name}: ${message}` };
}
