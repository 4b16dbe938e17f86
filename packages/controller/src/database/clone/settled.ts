// Whether a Database still waits for the content that it is to start with. Pure.
import { ConditionType, findCondition, isScheduled, newestGood, Reason, scheduleUidOf, type Backup, type Database, type Restore } from '@postgres-operator/api';

/** Where objects are looked up, by namespace/name. */
export interface Lookups {
  readonly databases: { get(key: string): Database | undefined };
  readonly backups: { get(key: string): Backup | undefined; list(): readonly Backup[] };
  readonly restores: { get(key: string): Restore | undefined };
  readonly claims: { get(key: string): { readonly metadata: { readonly creationTimestamp?: string } } | undefined };
}

/** The Backup that spec.backupRef means; of a schedule its newest good run, and itself while there is none. */
export function backupFor({ metadata: { namespace }, spec }: Database, backups: Lookups['backups']): Backup | undefined {
  const named = spec.backupRef && backups.get(`${namespace}/${spec.backupRef.name}`);
  if (named === undefined || !isScheduled(named.spec)) return named;
  return newestGood(backups.list().filter((run) => scheduleUidOf(run) === named.metadata.uid)) ?? named;
}

/** True when nothing will be restored into this Database as a start: nothing was asked for, or it has it, or it has something else. */
export const isSettled = ({ spec, status }: Database): boolean =>
  spec.backupRef === undefined || status?.clonedFrom !== undefined || findCondition(status?.conditions, ConditionType.Cloned)?.reason === Reason.ContentKept;
