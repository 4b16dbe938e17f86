// What a Database with spec.backupRef looks at until it has that content.
import { isControlledBy, type Backup, type Database, type Restore } from '@postgres-operator/api';
import { findCycle } from './cycle.ts';
import { claimOfPod } from '../ordinals.ts';
import { cloneName } from './desired-clone.ts';
import { backupFor, isSettled, type Lookups } from './settled.ts';

export interface CloneWorld {
  /** The Backup to start with. */
  readonly backup: Backup | undefined;
  /** The Restore that this Database made for it. */
  readonly restore: Restore | undefined;
  /** Names for people of what waits for each other, beginning with this Database; undefined when nothing does. */
  readonly cycle: readonly string[] | undefined;
  /** When the primary's volume was claimed; undefined while it is not known. */
  readonly volumeSince: string | undefined;
}

/** Reads the caches; undefined when there is nothing to clone. */
export function observeClone(caches: Lookups, database: Database): CloneWorld | undefined {
  const { namespace, name } = database.metadata;
  if (isSettled(database)) return undefined;
  const restore = caches.restores.get(`${namespace}/${cloneName(database)}`);
  return {
    backup: backupFor(database, caches.backups),
    restore: restore !== undefined && isControlledBy(restore, database) ? restore : undefined,
    cycle: findCycle(database, caches),
    volumeSince: caches.claims.get(`${namespace}/${claimOfPod(`${name}-0`)}`)?.metadata.creationTimestamp,
  };
}
