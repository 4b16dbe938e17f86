// What a Backup that has run is worth. Pure.
import { isTrue } from './conditions.ts';
import { ANNOTATION_ACCEPTED, LABEL_SCHEDULE, LABEL_SCHEDULE_UID } from './names.ts';
import { ConditionType } from './reasons.ts';
import type { Backup } from './v1/backup.ts';

/** good: Completed, and nothing speaks against it. suspicious: Completed with less than was to be expected. open: it may yet be either. */
export type Standing = 'good' | 'suspicious' | 'failed' | 'open';

/** How a run stands. */
export function standingOf({ metadata, status }: Backup): Standing {
  if (status?.phase === 'Failed') return 'failed';
  if (status?.phase !== 'Completed') return 'open';
  return isTrue(status.conditions, ConditionType.Suspicious) && metadata.annotations?.[ANNOTATION_ACCEPTED] === undefined ? 'suspicious' : 'good';
}

/** When the content of a run was complete, or the run ended, in milliseconds since the epoch. */
export const endOf = ({ metadata, status }: Backup): number => Date.parse(status?.backupTime ?? status?.completedAt ?? metadata.creationTimestamp ?? '');

/** The UID of the schedule that created a Backup; undefined for one that a person created. */
export const scheduleUidOf = ({ metadata }: Pick<Backup, 'metadata'>): string | undefined => metadata.labels?.[LABEL_SCHEDULE_UID];

/** The key of that schedule, as long as it has not been deleted. */
export const scheduleKeyOf = ({ metadata }: Pick<Backup, 'metadata'>): string | undefined => {
  const name = metadata.labels?.[LABEL_SCHEDULE];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
};

/** The good Backup that was completed last; of two of one second the one of the later name, as retention has it. */
export const newestGood = (runs: readonly Backup[]): Backup | undefined =>
  runs.filter((run) => standingOf(run) === 'good' && run.metadata.deletionTimestamp === undefined).sort((one, other) => endOf(other) - endOf(one) || (one.metadata.name < other.metadata.name ? 1 : -1))[0];

/** When a drill last proved a Backup, in milliseconds since the epoch; NaN for one that is not proven. */
export const provenAt = ({ status }: Backup): number => (isTrue(status?.conditions, ConditionType.RestoreProven) ? Date.parse(status?.verification?.time ?? '') : Number.NaN);

/** The good Backup of which a drill has proven last that it can be restored. */
export const newestProven = (runs: readonly Backup[]): Backup | undefined =>
  runs.filter((run) => standingOf(run) === 'good' && run.metadata.deletionTimestamp === undefined && !Number.isNaN(provenAt(run))).sort((one, other) => provenAt(other) - provenAt(one))[0];
