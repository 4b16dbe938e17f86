import { ConditionType, Reason, type Backup, type Database, type Restore, type RestoreRequest } from '@postgres-operator/api';
import { credentialsSecret, storedFolder } from '../backup/storage.ts';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { isUnresolved } from '../run/attempts.ts';
import { checkRestore } from '../run/checks.ts';
import type { RunKind } from '../run/kind.ts';
import { attemptOf, desiredJob, identitiesOf } from '../run/desired-job.ts';
import { placeOf } from '../run/location.ts';
import { logLevelOf, serverOf } from '../run/server.ts';
import { countsOf, countsText } from '../run/counts.ts';
import type { RunWorld } from '../run/observe.ts';

/** A Restore also looks at the Backup that it restores. */
export interface RestoreWorld extends RunWorld<Restore> {
  readonly backup: Backup | undefined;
}

/** How a Restore runs. */
export const restoreRun = (config: Config): RunKind<Restore, RestoreWorld> => ({
  condition: ConditionType.RestoreReady,
  reasons: { inProgress: Reason.RestoreInProgress, completed: Reason.RestoreCompleted, failed: Reason.RestoreFailed },
  unmet: ({ object, database, backup }) => checkRestore(object, database, backup),
  start: ({ object, database, backup }) => {
    const job = database && backup && desiredRestoreJob(object, { database, backup, config });
    return job === undefined ? [] : [{ do: 'createJob', object: job }];
  },
  // A failed restore is never repeated. Of one that died without a word the server knows whether it took its place: the
  // second run looks, and finishes the first one if it did.
  attempts: (_restore, failure) => (isUnresolved(failure) ? 2 : 1),
  completed: (result, now) => {
    if (result.command !== 'restore') return undefined;
    const { bytes, outageMilliseconds } = result;
    const outage = outageMilliseconds === undefined ? '' : `; connections were cut for ${outageMilliseconds} ms`;
    return { fields: { restoreTime: now, bytes, ...countsOf(result), ...(outageMilliseconds !== undefined && { outageMilliseconds }) }, message: `The content of the Backup${countsText(result)} is in place${outage}` };
  },
});

/** The Job that restores; undefined when the Backup's status names no folder. */
export function desiredRestoreJob(restore: Restore, { database, backup, config }: { database: Database; backup: Backup; config: Config }): Writable | undefined {
  const folder = storedFolder(backup);
  const manifestSha256 = backup.status?.manifestSha256;
  if (folder === undefined || manifestSha256 === undefined) return undefined;
  const { name, namespace, uid } = restore.metadata;
  const request: RestoreRequest = {
    v: 1,
    command: 'restore',
    object: { kind: restore.kind, namespace, name, uid },
    server: serverOf(database),
    source: { ...placeOf(folder), manifestSha256 },
    attempt: attemptOf(restore),
    ...logLevelOf(config),
    operatorVersion: config.operatorVersion,
  };
  const { superuser, owner } = identitiesOf(database.metadata.name);
  const storage = { folder, readOnly: true, secret: credentialsSecret(backup, folder, config) };
  return desiredJob({ owner: restore, request, identities: [superuser, owner], storage, config });
}
