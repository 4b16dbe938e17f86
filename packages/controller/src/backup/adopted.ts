// A Backup that stands for one that a scan found. It runs nothing: what the manifest says is its status. Pure.
import { formatLocation, readableBytes, Reason, specViolation, timeOf, type Adopted, type Backup } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import { countsOf, countsText } from '../run/counts.ts';
import type { RunPlan } from '../run/kind.ts';
import { statusWriter } from '../run/status.ts';
import { isTerminal } from '../run/turn.ts';
import { BACKUP_NAMES } from './names.ts';
import { adoptedFolder } from './storage.ts';

/** True for such a Backup that does not say yet what it stands for. */
export const isToBeAdopted = (backup: Backup): boolean => backup.spec.adopted !== undefined && !isTerminal(backup) && backup.metadata.deletionTimestamp === undefined;

/** Its end, at a moment (milliseconds since the epoch). */
export function decideAdopted(backup: Backup, adopted: Adopted, { config, now }: { config: Config; now: number }): RunPlan {
  const status = statusWriter(BACKUP_NAMES, backup, now);
  const violation = specViolation(backup);
  if (violation !== undefined) return { effects: [], status: status.failed({ reason: Reason.InvalidSpec, message: violation }) };
  const { manifestSha256, bytes, plainBytes, serverVersion } = adopted;
  const location = formatLocation(adoptedFolder(backup, adopted, config));
  const finishedAt = timeOf(Date.parse(adopted.finishedAt));
  const fields = { backupTime: finishedAt, completedAt: finishedAt, backupLocation: location, bytes, size: readableBytes(bytes), plainBytes, ...countsOf(adopted), manifestSha256, serverVersion };
  return { effects: [], status: status.completed(fields, `${bytes} bytes${countsText(adopted)} were found in ${location}`) };
}
