import { isControlledBy, isScheduled, type Backup, type CatalogueStatus } from '@postgres-operator/api';
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
  /** Names of all Backups. */
  readonly names: ReadonlySet<string>;
  /** Those of the folders in which something may be wanted although it has no manifest: of the Database's Backups that did not fail. */
  readonly wanted: readonly string[];
}

/** Reads the caches. */
export function observeScan(caches: Caches, object: Backup, scan: CatalogueStatus): ScanWorld {
  const { namespace, uid } = object.metadata;
  const job = caches.jobs.by('controller', uid).find((one) => one.metadata.name === scanJobName(object, scan) && isControlledBy(one, object));
  const backups = caches.backups.list().filter(({ metadata }) => metadata.namespace === namespace);
  return {
    object,
    scan,
    work: job && { job, pods: caches.pods.by('controller', job.metadata.uid) },
    known: new Set(backups.map(folderName)),
    names: new Set(backups.map(({ metadata }) => metadata.name)),
    wanted: backups.filter(({ spec, status }) => !isScheduled(spec) && spec.databaseRef.name === object.spec.databaseRef.name && status?.phase !== 'Failed').map(folderName),
  };
}
