// What is told of a Restore that was completed. Pure.
import { ConditionType, formatLocation, readableBytes, Reason, timeTaken, type ConditionUpdate, type Restore, type RestoreSucceeded } from '@postgres-operator/api';
import { countsOf, countsText } from '../run/counts.ts';
import type { Completion } from '../run/kind.ts';
import { keepSeconds } from './desired-restore.ts';
import { folderOf, type RestoreSource } from './source.ts';

/** Status fields, message and conditions of a Restore that succeeded. */
export function completion({ object, source }: { readonly object: Restore; readonly source: RestoreSource }, result: RestoreSucceeded, now: string): Completion {
  const { bytes, outageMilliseconds, database, previous, sourceVersion } = result;
  const fields = {
    restoreTime: now,
    bytes,
    size: readableBytes(bytes),
    ...timeTaken(result),
    ...countsOf(result),
    ...(outageMilliseconds !== undefined && { outageMilliseconds }),
    ...(database !== undefined && { databaseName: database }),
    ...restoredFrom(source, result),
    ...(sourceVersion !== undefined && { sourceVersion }),
    ...(previous && { previousDatabase: previous }),
    progress: { percent: 100, bytes: passedBytes(object, source, bytes), observedAt: now },
  };
  return { fields, message: messageOf(object, source, result), conditions: [...verified(source, result), ...kept(object, result)] };
}

/** The Backup by its own manifest: where a folder was named, nobody else knows. */
function restoredFrom(source: RestoreSource, { backup }: RestoreSucceeded): { backupName?: string; backupLocation?: string } {
  if (source.from === 'previous') return {};
  const backupName = backup?.name ?? (source.from === 'backup' ? source.backup?.metadata.name : undefined);
  const folder = folderOf(source);
  return { ...(backupName !== undefined && { backupName }), ...(folder && { backupLocation: formatLocation(folder) }) };
}

function passedBytes({ status }: Restore, source: RestoreSource, bytes: number): number {
  const plainBytes = source.from === 'backup' ? source.backup?.status?.plainBytes : undefined;
  return Math.max(status?.progress?.bytes ?? 0, plainBytes ?? bytes);
}

function messageOf({ spec }: Restore, source: RestoreSource, result: RestoreSucceeded): string {
  const { outageMilliseconds, previous, skippedGrants, standbysBehind } = result;
  const place = spec.targetDatabaseName === undefined ? 'in place' : `in database ${JSON.stringify(spec.targetDatabaseName)}`;
  const parts = [
    source.from === 'previous' ? `What Restore ${source.name} replaced is in place again` : `The content of the Backup${countsText(result)} is ${place}`,
    ...(outageMilliseconds === undefined ? [] : [`connections were cut for ${outageMilliseconds} ms`]),
    ...(previous?.keptUntil === undefined ? [] : [`what was there before is kept as ${previous.name} until ${previous.keptUntil}`]),
    ...(skippedGrants === undefined ? [] : [`${skippedGrants} privileges were left out, because their roles are not on this server`]),
    ...(standbysBehind === undefined ? [] : [`${standbysBehind} standbys had not followed yet`]),
  ];
  return parts.join('; ');
}

function verified(source: RestoreSource, { tables, rows }: RestoreSucceeded): ConditionUpdate[] {
  const type = ConditionType.Verified;
  if (source.from === 'previous') return [];
  if (tables === undefined || rows === undefined) return [{ type, status: 'Unknown', reason: Reason.NotCounted, message: 'The backup does not say how many rows it holds, so the restored ones could not be compared' }];
  return [{ type, status: 'True', reason: Reason.RowsCounted, message: `${rows} rows of ${tables} tables were counted after the load, as many as the backup holds` }];
}

function kept(restore: Restore, { previous }: RestoreSucceeded): ConditionUpdate[] {
  const type = ConditionType.PreviousKept;
  if (previous !== undefined) {
    const message = `Database ${previous.name} is what was live before, kept until ${previous.keptUntil ?? 'the next restore'}. A new Restore with source.previousOf: ${restore.metadata.name} brings it back`;
    return [{ type, status: 'True', reason: Reason.Kept, message }];
  }
  if (restore.spec.targetDatabaseName !== undefined) return [];
  if ((keepSeconds(restore) ?? 0) === 0) return [{ type, status: 'False', reason: Reason.PreviousDropped, message: 'What was live before was dropped, as spec.keepPrevious or spec.mode asked for' }];
  return [{ type, status: 'Unknown', reason: Reason.PreviousUnseen, message: 'The runner could not look after the swap. What was live before, if it is there, is dropped by the first restore of this Database after its time' }];
}
