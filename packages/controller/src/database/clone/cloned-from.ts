// What a Database says of the content that it started with. Pure.
import type { Backup, DatabaseStatus, Restore } from '@postgres-operator/api';

type ClonedFrom = NonNullable<DatabaseStatus['clonedFrom']>;

/** From the Restore that brought it, and the Backup of that name, if it still is the one that was restored. */
export function clonedFromOf({ spec, status = {} }: Restore, backup: Backup | undefined): ClonedFrom {
  const { backupName = spec.backupRef?.name ?? '', backupLocation: location, restoreTime, completedAt } = status;
  const place = location === undefined ? {} : { location, ...identityOf(backup, location) };
  return { name: backupName, ...place, time: restoreTime ?? completedAt ?? '' };
}

function identityOf(backup: Backup | undefined, location: string): Pick<ClonedFrom, 'uid' | 'manifestSha256'> {
  if (backup?.status?.backupLocation !== location) return {};
  const { manifestSha256 } = backup.status;
  return { uid: backup.metadata.uid, ...(manifestSha256 !== undefined && { manifestSha256 }) };
}
