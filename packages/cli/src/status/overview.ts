// All that a person asks about one Database, as data. Pure.
import { endOf, findCondition, isScheduled, isTerminalPhase, newestGood, newestProven, provenAt, timeOf, type Backup, type Database, type Restore } from '@postgres-operator/api';
import type { Run } from '../command.ts';
import { readyOf } from '../wait/stand.ts';
import { serversOf, type Pod, type Server } from './servers.ts';
import { troublesOf, type Trouble } from './troubles.ts';

/** A run, in short. */
export interface RunSummary {
  readonly kind: Run['kind'];
  readonly name: string;
  readonly phase: string;
  /** When it ended. */
  readonly time?: string;
  readonly percent?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** What `status -o json` prints of a Database. */
export interface Overview {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly image: string;
  readonly endpoint?: string;
  readonly readOnlyEndpoint?: string;
  readonly upgrade?: { readonly to: number; readonly step: string; readonly percent?: number };
  readonly servers: readonly Server[];
  /** The newest good backup. */
  readonly newestBackup?: { readonly name: string; readonly time: string; readonly size?: string; readonly rows?: number; readonly location?: string };
  /** The newest good backup that a drill has restored, and when. */
  readonly proof?: { readonly name: string; readonly time: string; readonly message: string };
  readonly schedules: readonly { readonly name: string; readonly schedule: string; readonly suspended: boolean; readonly next?: string }[];
  readonly underWay: readonly RunSummary[];
  readonly lastRestore?: RunSummary;
  readonly troubles: readonly Trouble[];
}

/** What there is in a namespace. */
export interface Seen {
  readonly backups: readonly Backup[];
  readonly restores: readonly Restore[];
  /** Undefined where this person may not list pods. */
  readonly pods: readonly Pod[] | undefined;
}

/** What is known of a Database. */
export function overviewOf(database: Database, seen: Seen): Overview {
  const { metadata, spec, status } = database;
  const isOfIt = (run: Run): boolean => run.spec.databaseRef.name === metadata.name;
  const backups = seen.backups.filter(isOfIt);
  const restores = seen.restores.filter(isOfIt);
  const runs: Run[] = [...backups.filter((backup) => !isScheduled(backup.spec)), ...restores];
  const lastRestore = restores.filter((run) => isTerminalPhase(run.status?.phase)).sort((one, other) => Date.parse(other.status?.completedAt ?? '') - Date.parse(one.status?.completedAt ?? ''))[0];
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    phase: status?.phase ?? 'Pending',
    ready: status?.ready ?? false,
    image: spec.image,
    ...(status?.endpoint !== undefined && { endpoint: status.endpoint }),
    ...(status?.readOnlyEndpoint !== undefined && { readOnlyEndpoint: status.readOnlyEndpoint }),
    ...upgradeOf(database),
    servers: serversOf(database, seen.pods),
    ...newestOf(backups),
    ...proofOf(backups),
    schedules: backups.flatMap(scheduleOf),
    underWay: runs.filter((run) => !isTerminalPhase(run.status?.phase)).map(summaryOf),
    ...(lastRestore && { lastRestore: summaryOf(lastRestore) }),
    troubles: troublesOf(database, backups),
  };
}

function upgradeOf({ status }: Database): Pick<Overview, 'upgrade'> {
  const upgrade = status?.upgrade;
  if (upgrade === undefined || upgrade.finishedAt !== undefined) return {};
  return { upgrade: { to: upgrade.to.major, step: upgrade.step, ...(upgrade.percent !== undefined && { percent: upgrade.percent }) } };
}

function newestOf(backups: readonly Backup[]): Pick<Overview, 'newestBackup'> {
  const newest = newestGood(runsOf(backups));
  if (newest === undefined) return {};
  const { size, rows, backupLocation } = newest.status ?? {};
  return { newestBackup: { name: newest.metadata.name, time: timeOf(endOf(newest)), ...(size !== undefined && { size }), ...(rows !== undefined && { rows }), ...(backupLocation !== undefined && { location: backupLocation }) } };
}

function proofOf(backups: readonly Backup[]): Pick<Overview, 'proof'> {
  const proven = newestProven(runsOf(backups));
  if (proven === undefined) return {};
  return { proof: { name: proven.metadata.name, time: timeOf(provenAt(proven)), message: findCondition(proven.status?.conditions, 'RestoreProven')?.message ?? '' } };
}

/** Backups of all of the database: a schedule is none itself, and a part of it is no way back. */
const runsOf = (backups: readonly Backup[]): Backup[] => backups.filter(({ spec }) => !isScheduled(spec) && spec.selection === undefined);

function scheduleOf({ metadata, spec, status }: Backup): Overview['schedules'] {
  if (!isScheduled(spec)) return [];
  return [{ name: metadata.name, schedule: status?.effectiveSchedule ?? spec.schedule ?? '', suspended: spec.suspend === true, ...(status?.nextScheduledTime !== undefined && { next: status.nextScheduledTime }) }];
}

/** A run in short. */
export function summaryOf(run: Run): RunSummary {
  const { kind, metadata, status } = run;
  const ready = readyOf(run);
  const time = kind === 'Backup' ? status?.backupTime : status?.restoreTime;
  const ended = time ?? status?.completedAt;
  return {
    kind,
    name: metadata.name,
    phase: status?.phase ?? 'Pending',
    ...(ended !== undefined && { time: ended }),
    ...(status?.progress !== undefined && { percent: status.progress.percent }),
    ...(ready && { reason: ready.reason, message: ready.message }),
  };
}
