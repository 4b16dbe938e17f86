// What a Backup needs to run: its claim, its request, its Job. Pure.
import { childNames, LABEL_PURPOSE, parseDuration, placeOf, UPGRADE_BACKUP, type Backup, type Database, type DiscardRequest, type DumpRequest } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { childLabels } from '../database/children/metadata.ts';
import { attemptOf, desiredJob, identitiesOf, type JobStorage } from '../run/desired-job.ts';
import { FOLLOW_UP_SECONDS, followUpName } from '../run/follow-up.ts';
import { anyStandbyOf, primaryPodOf, requestHead, serverOf } from '../run/server.ts';
import { backupFolder, credentialsSecret } from './storage.ts';

/** The longest time that PostgreSQL takes for lock_timeout. */
const MAX_LOCK_TIMEOUT_MS = 2 ** 31 - 1;

/** The claim for backups whose location was left open. It has no owner: backups outlive their Database. */
export function desiredBackupClaim({ metadata, spec }: Database, { defaultClaimSize }: Pick<Config, 'defaultClaimSize'>): Writable {
  const { storageClass } = spec.storage;
  const size = defaultClaimSize || spec.storage.size;
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: childNames(metadata.name).backupClaim, namespace: metadata.namespace, labels: childLabels(metadata.name) },
    spec: { accessModes: ['ReadWriteOnce'], ...(storageClass && { storageClassName: storageClass }), resources: { requests: { storage: size } } },
  };
  return claim;
}

/** The Job that dumps. */
export function desiredBackupJob(backup: Backup, database: Database, config: Config): Writable {
  const storage = storageOf(backup, config);
  const request: DumpRequest = {
    ...requestHead(backup, config),
    command: 'dump',
    ...sourceOf(backup, database),
    destination: placeOf(storage.folder),
    attempt: attemptOf(backup),
    ...optionsOf(backup, database),
  };
  return desiredJob({ owner: backup, request, identities: [identitiesOf(database.metadata.name).backup], storage, config });
}

/** What is dumped. For an upgrade it is the server by the name of its pod, because no Service leads there, with a client of the major that loads it. */
function sourceOf({ metadata }: Backup, database: Database): Pick<DumpRequest, 'server' | 'clientMajor'> {
  const { upgrade } = database.status ?? {};
  if (metadata.labels?.[LABEL_PURPOSE] !== UPGRADE_BACKUP || upgrade === undefined) return { server: serverOf(database) };
  return { server: primaryPodOf(database), ...(!upgrade.goesBack && { clientMajor: upgrade.to.major }) };
}

/** The Job that finds out what lost attempts left. */
export function desiredDiscardJob(backup: Backup, config: Config): Writable {
  const storage = storageOf(backup, config);
  const request: DiscardRequest = {
    ...requestHead(backup, config),
    command: 'discard',
    destination: placeOf(storage.folder),
  };
  return desiredJob({ owner: backup, request, identities: [], storage, config, name: followUpName(backup), activeDeadlineSeconds: FOLLOW_UP_SECONDS });
}

function storageOf(backup: Backup, config: Config): JobStorage {
  const folder = backupFolder(backup, config);
  return { folder, readOnly: false, secret: credentialsSecret(backup, folder, config) };
}

function optionsOf({ spec }: Backup, database: Database): Pick<DumpRequest, 'standby' | 'selection' | 'lockTimeoutMilliseconds' | 'stallTimeoutSeconds'> {
  const lockTimeout = parseDuration(spec.lockTimeout);
  return {
    // Without standbys the runner says so.
    ...(spec.source === 'PreferStandby' && { standby: anyStandbyOf(database) }),
    ...(spec.selection && { selection: spec.selection }),
    ...(lockTimeout !== undefined && { lockTimeoutMilliseconds: Math.min(lockTimeout, MAX_LOCK_TIMEOUT_MS) }),
    stallTimeoutSeconds: spec.stallTimeoutSeconds,
  };
}
