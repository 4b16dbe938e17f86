import { isControlledBy, type Backup, type CatalogueStatus } from '@postgres-operator/api';
import { folderName } from '../backup/storage.ts';
import type { Caches } from '../reconcile/caches.ts';
import type { FollowUp } from '../run/follow-up.ts';
import { scanJobName } from './scan.ts';

/** All that a decision about a scan looks at. */
export interface ScanWorld {
  /** The schedule that asks for it. */
  readonly object: Backup;
  readonly scan: CatalogueStatus;
  /** The Job of the present page. */
  readonly work: FollowUp | undefined;
  /** Names of the folders of all backups that have an object. */
  readonly known: ReadonlySet<string>;
}

/** Reads the caches. */
export function observeScan(caches: Caches, object: Backup, scan: CatalogueStatus): ScanWorld {
  const { namespace, uid } = object.metadata;
  const job = caches.jobs.by('controller', uid).find((one) => one.metadata.name === scanJobName(object, scan) && isControlledBy(one, object));
  return {
    object,
    scan,
    work: job && { job, pods: caches.pods.by('controller', job.metadata.uid) },
    known: new Set(caches.backups.list().filter(({ metadata }) => metadata.namespace === namespace).map(folderName)),
  };
}
