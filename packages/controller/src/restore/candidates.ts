// Which Backups a Restore may choose among. Pure.
import { isScheduled, scheduleUidOf, standingOf, type Backup } from '@postgres-operator/api';

/** The Backups that a reference to one of them means: itself, or the good runs of a schedule. */
export const candidates = (named: Backup, all: readonly Backup[]): Backup[] => {
  if (!isScheduled(named.spec)) return [named];
  return all.filter((run) => scheduleUidOf(run) === named.metadata.uid && run.metadata.deletionTimestamp === undefined && standingOf(run) === 'good');
};

const backedUpAt = ({ status }: Backup): number => Date.parse(status?.backupTime ?? '');

/** Those that were Completed, at that time or earlier. */
export const bornBefore = (backups: readonly Backup[], before?: string): Backup[] =>
  backups.filter((backup) => backup.status?.phase === 'Completed' && (before === undefined || backedUpAt(backup) <= Date.parse(before)));

/** The one that was completed last. */
export const newest = (backups: readonly Backup[]): Backup | undefined => newestFirst(backups)[0];

const newestFirst = (backups: readonly Backup[]): Backup[] => [...backups].sort((one, other) => backedUpAt(other) - backedUpAt(one));

/** As many as a message can bear. */
const LISTED = 10;

/** Their names and times for people, the newest first. */
export function listed(backups: readonly Backup[]): string {
  if (backups.length === 0) return 'none';
  const names = newestFirst(backups).map(({ metadata, status }) => `${metadata.name} (${status?.backupTime ?? 'of an unknown time'})`);
  return names.length <= LISTED ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} older ones`;
}
