// What an upgrade of a Database looks at beside its servers.
import { isControlledBy, LABEL_PURPOSE, LABEL_UPGRADE, newestGood, UPGRADE_BACKUP, type Backup, type Database, type RunProgress } from '@postgres-operator/api';
import type { Caches } from '../../reconcile/caches.ts';
import { keyOf } from '../../runtime/object.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import { isEndedJob, isEndedPod } from '../../run/work.ts';
import { upgradeBackupName } from './identity.ts';

export interface UpgradeWorld {
  /** Jobs of this upgrade and of earlier ones, and their pods. */
  readonly work: readonly FollowUp[];
  /** The Backup that was taken for this upgrade. */
  readonly backup: Backup | undefined;
  /** The newest good Backup of what runs now, while data of before is kept: it was begun after that was replaced. */
  readonly goodSince: Backup | undefined;
  /** What the runner that loads said last; undefined when it was not asked. */
  readonly progress?: RunProgress | undefined;
}

/** Reads the caches. */
export function observeUpgrade(caches: Caches, database: Database): UpgradeWorld {
  const { metadata, status } = database;
  const jobs = caches.jobs.by('controller', metadata.uid).filter((job) => job.metadata.labels?.[LABEL_UPGRADE] !== undefined);
  return {
    work: jobs.map((job) => ({ job, pods: caches.pods.by('controller', job.metadata.uid).filter((pod) => isControlledBy(pod, job)) })),
    backup: status?.upgrade && caches.backups.get(`${metadata.namespace}/${upgradeBackupName(database, status.upgrade)}`),
    goodSince: status?.previous && newestGood(begunAfter(caches.backups.by('completedOf', keyOf(database)), status.previous.replacedAt)),
  };
}

/** What is taken for an upgrade or a way back counts for nothing here: when that fails, it is to be tried again. */
const begunAfter = (backups: readonly Backup[], time: string): Backup[] =>
  backups.filter(({ metadata, status }) => metadata.labels?.[LABEL_PURPOSE] !== UPGRADE_BACKUP && Date.parse(status?.startedAt ?? '') >= Date.parse(time));

/** True while something works for an upgrade: until its pods are over, what they began may still reach a server. */
export const workLeft = ({ work }: UpgradeWorld): boolean => work.some(({ job, pods }) => pods.some((pod) => !isEndedPod(pod)) || (!isEndedJob(job) && pods.length === 0));
