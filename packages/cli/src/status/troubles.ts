// What is wrong with a Database and its backups. Pure.
import { ConditionType, endOf, findCondition, isScheduled, isTrue, newestGood, Reason, standingOf, type Backup, type Condition, type Database } from '@postgres-operator/api';
import { readyOf } from '../wait/stand.ts';

/** Something that somebody has to look at. */
export interface Trouble {
  /** What is in trouble, such as `Database shop`. */
  readonly about: string;
  readonly reason: string;
  readonly message: string;
}

/** Conditions of a Database that should be as said. Stalled repeats what Ready says. */
const OF_DATABASES = { True: [ConditionType.Degraded, ConditionType.BackupStale, ConditionType.ProofStale], False: [ConditionType.Ready, ConditionType.Consistent, ConditionType.StorageGrown, ConditionType.FinalBackup] } as const;
/** Is under way, and no trouble yet. */
const UNDER_WAY: readonly string[] = [Reason.Growing, Reason.FileSystemResizePending, Reason.FinalBackupInProgress, Reason.FinalBackupCompleted, Reason.NotChecked];

/** The troubles of a Database, then those of its schedules, then that of its newest backup; each is said once. */
export function troublesOf(database: Database, backups: readonly Backup[]): Trouble[] {
  const troubles = [...ofDatabase(database), ...backups.filter(({ spec }) => isScheduled(spec)).flatMap(ofSchedule), ...ofNewestRun(backups.filter(({ spec }) => !isScheduled(spec)))];
  return troubles.filter(({ message }, index) => troubles.findIndex((other) => other.message === message) === index);
}

function ofDatabase({ metadata, status }: Database): Trouble[] {
  const about = `Database ${metadata.name}`;
  const { observedGeneration = -1, conditions = [] } = status ?? {};
  const unseen = { about, reason: 'NotObserved', message: observedGeneration < 0 ? 'No operator has looked at it yet' : 'No operator has looked at the last change of its spec yet' };
  const wrong = conditions.filter(({ type, status: is, reason }) => is !== 'Unknown' && (OF_DATABASES[is] as readonly string[]).includes(type) && !UNDER_WAY.includes(reason));
  return [...(observedGeneration < (metadata.generation ?? 0) ? [unseen] : []), ...wrong.map((condition) => troubleOf(about, condition))];
}

function ofSchedule({ metadata, status }: Backup): Trouble[] {
  const about = `Schedule ${metadata.name}`;
  const scheduled = findCondition(status?.conditions, ConditionType.Scheduled);
  const frozen = findCondition(status?.conditions, ConditionType.RetentionFrozen);
  return [
    // Whoever suspends a schedule knows it; `status` shows it where it shows the next run.
    ...(scheduled?.status === 'False' && scheduled.reason !== Reason.Suspended ? [troubleOf(about, scheduled)] : []),
    ...(frozen?.status === 'True' ? [troubleOf(about, frozen)] : []),
  ];
}

/** A backup that failed, or is suspicious, is trouble as long as no good one came after it. */
function ofNewestRun(runs: readonly Backup[]): Trouble[] {
  const newest = runs.filter((run) => standingOf(run) !== 'open').sort((one, other) => endOf(other) - endOf(one))[0];
  if (newest === undefined || newest === newestGood(runs) || standingOf(newest) === 'good') return [];
  const suspicious = isTrue(newest.status?.conditions, ConditionType.Suspicious) ? findCondition(newest.status?.conditions, ConditionType.Suspicious) : undefined;
  const why = suspicious ?? readyOf(newest);
  return [why === undefined ? { about: `Backup ${newest.metadata.name}`, reason: 'Failed', message: 'It has Failed' } : troubleOf(`Backup ${newest.metadata.name}`, why)];
}

const troubleOf = (about: string, { reason, message }: Condition): Trouble => ({ about, reason, message });
