import type { Backup, Database } from '@postgres-operator/api';
import type { Caches } from '../reconcile/caches.ts';
import { keyOf } from '../runtime/object.ts';
import { isTerminal } from '../run/turn.ts';

/** All that a decision about a schedule looks at. */
export interface ScheduleWorld {
  readonly object: Backup;
  /** The Backups that it created and that are not being deleted. */
  readonly runs: readonly Backup[];
  readonly database: Database | undefined;
  /** Names of runs that a Restore is reading. */
  readonly inUse: ReadonlySet<string>;
  /** True when the runs are what the API server says; the cache may be behind. */
  readonly certain: boolean;
}

/** Reads the caches. */
export function observeSchedule(caches: Caches, object: Backup, runs = caches.backups.by('schedule', object.metadata.uid)): Omit<ScheduleWorld, 'certain'> {
  const { namespace } = object.metadata;
  const isOpen = (key: string): boolean => caches.restores.by('backup', key).some((restore) => !isTerminal(restore));
  // One that names the schedule may be reading any of them.
  const restoring = isOpen(keyOf(object)) ? runs : runs.filter((run) => isOpen(keyOf(run)));
  return {
    object,
    runs: runs.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    database: caches.databases.get(`${namespace}/${object.spec.databaseRef.name}`),
    inUse: new Set(restoring.map(({ metadata }) => metadata.name)),
  };
}
