import { ConditionType, Reason, type Backup } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { Effect } from '../reconcile/plan.ts';
import { mayPass } from '../run/attempts.ts';
import { checkTarget } from '../run/checks.ts';
import type { RunKind } from '../run/kind.ts';
import { formatLocation } from '../run/location.ts';
import type { RunWorld } from '../run/observe.ts';
import { countsOf } from '../run/counts.ts';
import { messageOf, ownerRestorable, speedOf } from './completed.ts';
import { desiredBackupClaim, desiredBackupJob, desiredDiscardJob } from './desired-run.ts';
import { backupFolder, usesOwnClaim } from './storage.ts';

export type BackupWorld = RunWorld<Backup>;

/** How a Backup runs. */
export const backupRun = (config: Config): RunKind<Backup, BackupWorld> => ({
  condition: ConditionType.BackupReady,
  reasons: { inProgress: Reason.BackupInProgress, completed: Reason.BackupCompleted, failed: Reason.BackupFailed },
  unmet: ({ object, database, reachable }) => checkTarget(object, database, reachable),
  start: ({ object, database }) => (database === undefined ? [] : startBackup(object, { database, config })),
  attempts: ({ spec }, failure) => (mayPass(failure) ? spec.backoffLimit + 1 : 1),
  cleanUp: {
    start: ({ object }) => [{ do: 'createJob', object: desiredDiscardJob(object, config) }],
    place: (backup) => formatLocation(backupFolder(backup, config)),
  },
  completed: (_world, result, now) => {
    if (result.command !== 'dump') return undefined;
    const { location, bytes, plainBytes, sha256, manifestSha256, serverVersion, clientVersion, source } = result;
    const seen = { bytes, plainBytes, ...countsOf(result), ...speedOf(result), ...(source && { source }) };
    const progress = { percent: 100, bytes: plainBytes, observedAt: now };
    const fields = { backupTime: now, backupLocation: location, ...seen, progress, sha256, manifestSha256, serverVersion, clientVersion };
    const owner = ownerRestorable(result);
    return { fields, message: messageOf(result), ...(owner && { conditions: [owner] }) };
  },
});

function startBackup(backup: Backup, { database, config }: { database: NonNullable<BackupWorld['database']>; config: Config }): Effect[] {
  const job: Effect = { do: 'createJob', object: desiredBackupJob(backup, database, config) };
  return usesOwnClaim(backup, config) ? [{ do: 'createIfAbsent', resource: 'claims', object: desiredBackupClaim(database) }, job] : [job];
}
