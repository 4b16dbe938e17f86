// What is told of a Backup that was completed. Pure.
import { ConditionType, Reason, timeTaken, type ConditionUpdate, type DumpSucceeded } from '@postgres-operator/api';
import { countsText } from '../run/counts.ts';

/** How long the runner worked, and how fast; nothing when its clock went backwards. */
export function speedOf({ startedAt, finishedAt, plainBytes }: Pick<DumpSucceeded, 'startedAt' | 'finishedAt' | 'plainBytes'>): ReturnType<typeof timeTaken> & { bytesPerSecond?: number } {
  const milliseconds = Date.parse(finishedAt) - Date.parse(startedAt);
  return { ...timeTaken({ startedAt, finishedAt }), ...(milliseconds > 0 && { bytesPerSecond: Math.round((plainBytes * 1000) / milliseconds) }) };
}

/** For people: how much is where, and what is out of the ordinary. */
export function messageOf(result: DumpSucceeded): string {
  const { bytes, location, sourceNote, superuserOnly } = result;
  const parts = [
    `${bytes} bytes${countsText(result)} are stored in ${location}`,
    ...(sourceNote === undefined ? [] : [`read from the primary: ${sourceNote}`]),
    ...(superuserOnly === undefined || superuserOnly.count === 0 ? [] : [superuserText(superuserOnly)]),
  ];
  return parts.join('; ');
}

/** Whether a Restore, which loads as the owner of the database, can bring back all of it; undefined when the runner did not look. */
export function ownerRestorable({ superuserOnly }: DumpSucceeded): ConditionUpdate | undefined {
  if (superuserOnly === undefined) return undefined;
  const type = ConditionType.OwnerRestorable;
  if (superuserOnly.count === 0) return { type, status: 'True', reason: Reason.OwnerSuffices, message: 'The owner of a database can restore everything in this Backup' };
  const message = `${superuserText(superuserOnly)}. A Restore will fail on them. Remove them from the database and back it up again, or load this Backup by hand as superuser (docs/backup-format.md)`;
  return { type, status: 'False', reason: Reason.SuperuserNeeded, message };
}

function superuserText({ count, first }: NonNullable<DumpSucceeded['superuserOnly']>): string {
  const more = count > first.length ? ` and ${count - first.length} more` : '';
  return `only a superuser can restore ${first.join(', ')}${more}`;
}
