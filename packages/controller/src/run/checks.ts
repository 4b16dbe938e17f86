// What a run needs before it can start, in the order in which a person would mend it. Pure.
import { Reason, type Backup, type Database, type Restore } from '@postgres-operator/api';

/** Why a run waits. */
export interface Unmet {
  readonly reason: string;
  readonly message: string;
}

/** The first thing that is missing for work on a Database, if any. */
export function checkDatabase(name: string, database: Database | undefined): Unmet | undefined {
  if (database === undefined || database.metadata.deletionTimestamp !== undefined) {
    return { reason: Reason.DatabaseNotFound, message: `Database ${name} does not exist in this namespace; the run starts when it is created and Ready` };
  }
  if (database.status?.phase === 'Ready') return undefined;
  return { reason: Reason.DatabaseNotReady, message: `Database ${name} is in phase ${database.status?.phase ?? 'Pending'}; the run starts when it is Ready` };
}

/** The first thing that is missing of the Backup to restore, if any. */
export function checkBackup(name: string, backup: Backup | undefined): Unmet | undefined {
  if (backup === undefined) return { reason: Reason.BackupNotFound, message: `Backup ${name} does not exist in this namespace; the run starts when it is created and Completed` };
  if (backup.status?.phase !== 'Completed') {
    const phase = backup.status?.phase ?? 'Pending';
    const hope = phase === 'Failed' ? 'it will never be Completed: name another Backup' : 'the run starts when it is Completed';
    return { reason: Reason.BackupNotCompleted, message: `Backup ${name} is in phase ${phase}; ${hope}` };
  }
  if (backup.status.backupLocation === undefined || backup.status.manifestSha256 === undefined) {
    return { reason: Reason.BackupLocationMissing, message: `Backup ${name} is Completed but its status has no location` };
  }
  return undefined;
}

/** The first thing that is missing for a Restore, if any. */
export const checkRestore = ({ spec }: Restore, database: Database | undefined, backup: Backup | undefined): Unmet | undefined =>
  checkDatabase(spec.databaseRef.name, database) ?? checkBackup(spec.backupRef.name, backup);
