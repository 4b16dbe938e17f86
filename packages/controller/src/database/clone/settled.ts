// Whether a Database still waits for the content that it is to start with. Pure.
import { ConditionType, findCondition, Reason, type Backup, type Database, type Restore } from '@postgres-operator/api';

/** Where objects are looked up, by namespace/name. */
export interface Lookups {
  readonly databases: { get(key: string): Database | undefined };
  readonly backups: { get(key: string): Backup | undefined };
  readonly restores: { get(key: string): Restore | undefined };
  readonly claims: { get(key: string): { readonly metadata: { readonly creationTimestamp?: string } } | undefined };
}

/** True when nothing will be restored into this Database as a start: nothing was asked for, or it has it, or it has something else. */
export const isSettled = ({ spec, status }: Database): boolean =>
  spec.backupRef === undefined || status?.clonedFrom !== undefined || findCondition(status?.conditions, ConditionType.Cloned)?.reason === Reason.ContentKept;
