import { formatLocation, readableBytes, type Backup, type BackupStatus, type Database } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { Effect } from '../reconcile/plan.ts';
import { mayPass } from '../run/attempts.ts';
import { checkTarget } from '../run/checks.ts';
import type { RunKind } from '../run/kind.ts';
import { countsOf } from '../run/counts.ts';
import { answer } from './annotations.ts';
import { messageOf, ownerRestorable, speedOf } from './completed.ts';
import { desiredBackupClaim, desiredBackupJob, desiredDiscardJob } from './desired-run.ts';
import { decideDrill } from './drill/decide.ts';
import { serverOfData } from './drill/server.ts';
import { BACKUP_NAMES } from './names.ts';
import { backupFolder, usesOwnClaim } from './storage.ts';
import { suspicionOf } from './suspicion.ts';
import type { BackupWorld } from './world.ts';

/** How a Backup runs. */
export const backupRun = (config: Config): RunKind<Backup, BackupWorld> => ({
  ...BACKUP_NAMES,
  unmet: ({ object, database, reachable }) => checkTarget(object, database, reachable),
  start: ({ object, database }) => (database === undefined ? [] : startBackup(object, { database, config })),
  attempts: ({ spec }, failure) => (mayPass(failure) ? spec.backoffLimit + 1 : 1),
  cleanUp: {
    start: ({ object }) => [{ do: 'createJob', object: desiredDiscardJob(object, config) }],
    place: (backup) => formatLocation(backupFolder(backup, config)),
  },
  afterwards: (world, now) => answer(world.object, now) ?? decideDrill(world, config, now),
  completed: ({ object, database, lastGood }, result, now) => {
    if (result.command !== 'dump') return undefined;
    const { location, bytes, plainBytes, sha256, manifestSha256, serverVersion, clientVersion, source } = result;
    const seen = { bytes, size: readableBytes(bytes), plainBytes, ...countsOf(result), ...speedOf(result), ...(source && { source }) };
    const progress = { percent: 100, bytes: plainBytes, observedAt: now };
    const fields = { backupTime: now, backupLocation: location, ...seen, progress, sha256, manifestSha256, serverVersion, clientVersion, ...(database && serverFields(database)) };
    const suspicion = suspicionOf(result, lastGood, object.spec.anomaly);
    const conditions = [ownerRestorable(result), suspicion].filter((update) => update !== undefined);
    const message = suspicion?.status === 'True' ? `${messageOf(result)}; suspicious: ${suspicion.message}` : messageOf(result);
    return { fields, message, conditions };
  },
});

/** What a drill needs to know of the server, which may be another by then, or gone. */
function serverFields(database: Database): Pick<BackupStatus, 'serverImage' | 'serverLibraries'> {
  const { image, libraries } = serverOfData(database);
  return { serverImage: image, ...(libraries !== undefined && { serverLibraries: libraries }) };
}

function startBackup(backup: Backup, { database, config }: { database: NonNullable<BackupWorld['database']>; config: Config }): Effect[] {
  const job: Effect = { do: 'createJob', object: desiredBackupJob(backup, database, config) };
  return usesOwnClaim(backup, config) ? [{ do: 'createIfAbsent', resource: 'claims', object: desiredBackupClaim(database, config) }, job] : [job];
}
