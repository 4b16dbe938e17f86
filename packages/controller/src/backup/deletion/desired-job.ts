// The Job that deletes the data of a Backup. Pure.
import { LABEL_BACKUP, placeOf, type Backup, type DiscardRequest, type StorageFolder } from '@postgres-operator/api';
import type { Config } from '../../config.ts';
import type { Writable } from '../../kube/client.ts';
import { nameOfWork, runnerJob } from '../../run/desired-job.ts';
import { FOLLOW_UP_SECONDS } from '../../run/follow-up.ts';
import { requestHead } from '../../run/server.ts';
import { credentialsSecret } from '../storage.ts';

/** How long an ended Job can be looked at. */
const TTL_SECONDS = 600;

/** Number of the attempt to delete that a Backup is at, from 1. */
export const deletionAttemptOf = ({ status }: Backup): number => status?.deletion?.attempt ?? 1;

/** Each attempt has a Job of its own. */
export const deletionJobName = (backup: Backup): string => nameOfWork(backup, `delete-${deletionAttemptOf(backup)}`);

/** It has no owner: whoever deletes in the foreground deletes first what an object owns, and the data would stay. It goes by its time. */
export function desiredDeletionJob(backup: Backup, folder: StorageFolder, config: Config): Writable {
  const request: DiscardRequest = { ...requestHead(backup, config), command: 'discard', destination: placeOf(folder), completed: true };
  const { databaseRef, jobTemplate } = backup.spec;
  const job = runnerJob({
    owner: backup,
    request,
    identities: [],
    storage: { folder, readOnly: false, secret: credentialsSecret(backup, folder, config) },
    config,
    name: deletionJobName(backup),
    database: databaseRef.name,
    label: { [LABEL_BACKUP]: backup.metadata.name },
    activeDeadlineSeconds: FOLLOW_UP_SECONDS,
    ttlSeconds: TTL_SECONDS,
    ...(jobTemplate && { jobTemplate }),
  });
  return { ...job, metadata: { ...job.metadata, ownerReferences: [] } as Writable['metadata'] };
}
