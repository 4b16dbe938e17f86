// What a Restore needs before it can start, in the order in which a person would mend it. Pure.
import { ConditionType, isScheduled, isTrue, parseLocation, Reason, type Backup, type Database, type Restore } from '@postgres-operator/api';
import { versionOfData } from '../database/server/image.ts';
import { checkDatabase, type Unmet } from '../run/checks.ts';
import { listed } from './candidates.ts';
import { checkPrevious } from './check-previous.ts';
import { folderOf, type BackupSource, type RestoreSource } from './source.ts';

/** The first thing that is missing for a Restore, if any. */
export function checkRestore(restore: Restore, database: Database | undefined, source: RestoreSource): Unmet | undefined {
  return checkForGood(restore, database, source) ?? checkDatabase(restore.spec.databaseRef.name, database, restore) ?? checkSource(restore, source);
}

/** What no waiting will mend. */
function checkForGood({ spec }: Restore, database: Database | undefined, source: RestoreSource): Unmet | undefined {
  if (spec.targetDatabaseName !== undefined && spec.targetDatabaseName === database?.spec.databaseName) {
    return { reason: Reason.InvalidSpec, message: `targetDatabaseName is the name of the live database itself: leave it out to replace that one, or choose another`, hopeless: true };
  }
  if (source.from !== 'backup') return undefined;
  return (spec.targetDatabaseName === undefined ? checkWhole(source.backup) : undefined) ?? checkVersion(source.backup, database) ?? checkTime(spec, source);
}

function checkSource(restore: Restore, source: RestoreSource): Unmet | undefined {
  if (source.from === 'previous') return checkPrevious(restore, source);
  if (source.from === 'backup') return checkBackup(source.name, source.backup ?? source.named);
  return folderOf(source) === undefined ? { reason: Reason.InvalidSpec, message: `source.location ${source.location} is no location that this version can read`, hopeless: true } : undefined;
}

/** The first thing that is missing of the Backup to restore, if any. */
export function checkBackup(name: string, backup: Backup | undefined): Unmet | undefined {
  if (backup === undefined) return { reason: Reason.BackupNotFound, message: `Backup ${name} does not exist in this namespace; the run starts when it is created and Completed` };
  if (isScheduled(backup.spec)) return { reason: Reason.BackupNotCompleted, message: `Backup ${name} is a schedule, and has no good backup yet; the run starts when it has one` };
  if (backup.status?.phase !== 'Completed') {
    const phase = backup.status?.phase ?? 'Pending';
    const hope = phase === 'Failed' ? 'it will never be Completed: name another Backup' : 'the run starts when it is Completed';
    return { reason: Reason.BackupNotCompleted, message: `Backup ${name} is in phase ${phase}; ${hope}` };
  }
  if (parseLocation(backup.status.backupLocation ?? '') === undefined || backup.status.manifestSha256 === undefined) {
    return { reason: Reason.BackupLocationMissing, message: `Backup ${name} is Completed but its status has no location that this version can read` };
  }
  return undefined;
}

/** Whether a Backup holds a part of a database only: put in the place of a whole one, it would lose the rest. */
export function checkWhole(backup: Backup | undefined): Unmet | undefined {
  if (backup?.status?.phase !== 'Completed' || backup.spec.selection === undefined || !ranAsSpecified(backup)) return undefined;
  const message = `Backup ${backup.metadata.name} holds a selection of its database only, and a Restore replaces the whole. Name a Backup without spec.selection, or load this one by hand (docs/backup-format.md)`;
  return { reason: Reason.BackupPartial, message, hopeless: true };
}

/** False when the spec was edited since the run started; the runner then judges by the manifest alone. */
const ranAsSpecified = ({ metadata, status }: Backup): boolean => metadata.generation === status?.observedGeneration && !isTrue(status?.conditions, ConditionType.SpecChangeIgnored);

/** Whether the server is of an older major version than the one that was backed up. The runner asks the server itself. */
function checkVersion(backup: Backup | undefined, database: Database | undefined): Unmet | undefined {
  const from = Number.parseInt(backup?.status?.serverVersion ?? '', 10);
  const into = database && versionOfData(database).major;
  if (into === undefined || !(from > into)) return undefined;
  const message = `Backup ${backup?.metadata.name} is of PostgreSQL ${from}, and Database ${database?.metadata.name} runs ${into}, which cannot load it. Restore into a Database of PostgreSQL ${from} or newer`;
  return { reason: Reason.ServerTooOld, message, hopeless: true };
}

/** Whether a time is asked for at which there was no backup yet. Nothing else is taken in its place. */
function checkTime({ before }: Restore['spec'], { name, named, backup, others }: BackupSource): Unmet | undefined {
  if (before === undefined || backup !== undefined || named?.status?.phase !== 'Completed') return undefined;
  const message = `Backup ${name} was completed after ${before}. Completed Backups of Database ${named.spec.databaseRef.name}: ${listed(others)}. Name one of them in a new Restore`;
  return { reason: Reason.NoBackupBefore, message, hopeless: true };
}
