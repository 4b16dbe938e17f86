// Whether a Database waits, over Backups of other Databases, for itself. Pure.
import { isTerminalPhase, type Backup, type Database } from '@postgres-operator/api';
import { backupFor, isSettled, type Lookups } from './settled.ts';

/** What waits for each other, as names for people: the last one is the first that came twice. Undefined when the way ends. */
export function findCycle(start: Database, { databases, backups }: Pick<Lookups, 'databases' | 'backups'>): readonly string[] | undefined {
  const path: string[] = [];
  for (let current: Database | undefined = start; current !== undefined; ) {
    const step = `Database ${current.metadata.name}`;
    if (path.includes(step)) return [...path, step];
    const backup = awaited(current, backups);
    if (backup === undefined) return undefined;
    path.push(step, `Backup ${backup.metadata.name}`);
    current = databases.get(`${backup.metadata.namespace}/${backup.spec.databaseRef.name}`);
  }
  return undefined;
}

/** The Backup that a Database waits for, if that Backup waits for a Database in turn: one that has begun does not. */
function awaited(database: Database, backups: Lookups['backups']): Backup | undefined {
  if (database.status?.phase === 'Ready' || isSettled(database)) return undefined;
  const backup = backupFor(database, backups);
  return backup === undefined || isTerminalPhase(backup.status?.phase) || backup.status?.jobUID !== undefined ? undefined : backup;
}
