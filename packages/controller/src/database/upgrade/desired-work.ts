// The Jobs of an upgrade in which runners work on its servers. Pure.
import { LABEL_RUN, LABEL_UPGRADE, placeOf, quantityValue, type Backup, type Database, type RunRequest, type Upgrade } from '@postgres-operator/api';
import { backupFolder, credentialsSecret } from '../../backup/storage.ts';
import type { Config } from '../../config.ts';
import type { Writable } from '../../kube/client.ts';
import { identitiesOf, runnerJob, type JobStorage } from '../../run/desired-job.ts';
import { primaryPodOf, requestHead } from '../../run/server.ts';
import { dataDirectory } from '../server/folders.ts';
import { handoverFile, upgradeId, upgradeJobName } from './identity.ts';

/** A Job that is to be started. */
export type UpgradeJob =
  | { readonly work: 'check'; readonly extensions: readonly string[]; readonly locales?: readonly string[] }
  | { readonly work: 'prepare' | 'verify' }
  | { readonly work: 'load'; readonly backup: Backup };

/**
 * How long each may take, in seconds. A check reads catalogues; what keeps clients out ends soon or not at all; and a load takes as long as it
 * takes, with what it has done in its log.
 */
const DEADLINES: Readonly<Record<UpgradeJob['work'], number>> = { check: 900, prepare: 300, verify: 180, load: 86_400 };
/** So long its log can be read. */
const TTL_SECONDS = 86_400;

/** The Job. */
export function desiredUpgradeJob(database: Database, upgrade: Upgrade, { job, config }: { readonly job: UpgradeJob; readonly config: Config }): Writable {
  const { name } = database.metadata;
  return runnerJob({
    owner: database,
    request: requestOf(database, upgrade, { job, config }),
    identities: [identitiesOf(name).superuser],
    ...(job.work === 'load' && { storage: storageOf(job.backup, config) }),
    config,
    name: upgradeJobName(database, upgrade, job.work),
    database: name,
    // A run, so that Backups and Restores wait for it.
    label: { [LABEL_RUN]: 'upgrade', [LABEL_UPGRADE]: upgradeId(database, upgrade) },
    activeDeadlineSeconds: DEADLINES[job.work],
    ttlSeconds: TTL_SECONDS,
  });
}

function requestOf(database: Database, upgrade: Upgrade, { job, config }: { readonly job: UpgradeJob; readonly config: Config }): RunRequest {
  const head = { ...requestHead(database, config), server: primaryPodOf(database), attempt: upgrade.attempt };
  const handover = handoverFile(database, upgrade);
  switch (job.work) {
    case 'check': {
      const volumeBytes = Math.floor(quantityValue(database.spec.storage.size) ?? 0);
      const { extensions, locales } = job;
      return { ...head, command: 'upgradeCheck', toMajor: upgrade.to.major, targetExtensions: [...extensions], ...(locales && { targetLocales: [...locales] }), ...(volumeBytes >= 1 && { volumeBytes }) };
    }
    case 'prepare':
      return { ...head, command: 'upgradePrepare', handover };
    case 'verify':
      return { ...head, command: 'upgradeVerify', handover };
    case 'load': {
      const { manifestSha256 } = job.backup.status ?? {};
      const source = { ...placeOf(backupFolder(job.backup, config)), ...(manifestSha256 !== undefined && { manifestSha256 }) };
      return { ...head, command: 'upgradeLoad', handover, previousDataDirectory: dataDirectory(upgrade.from.major), source };
    }
  }
}

function storageOf(backup: Backup, config: Config): JobStorage {
  const folder = backupFolder(backup, config);
  return { folder, readOnly: true, secret: credentialsSecret(backup, folder, config) };
}
