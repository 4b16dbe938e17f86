// What the operator writes into the metadata of a Backup: whether its data goes with it. Pure.
import { ANNOTATION_PRUNED, BACKUP_FINALIZER, type Backup } from '@postgres-operator/api';
import type { Marks } from '../reconcile/plan.ts';

/** True when the data of a Backup is to be deleted with it: never that of one that a scan found. */
export const takesItsData = ({ metadata, spec }: Backup): boolean => spec.adopted === undefined && (spec.deletionPolicy === 'Delete' || metadata.annotations?.[ANNOTATION_PRUNED] !== undefined);

/** The marks of a Backup: one that retention deletes takes its data with it, whatever its deletionPolicy. */
export function marksOf({ apiVersion, kind, metadata: { name, namespace, uid }, spec }: Backup, pruned: boolean): Marks {
  const keeps = pruned || spec.deletionPolicy === 'Delete';
  return { apiVersion, kind, metadata: { name, namespace, uid, finalizers: keeps ? [BACKUP_FINALIZER] : [], annotations: pruned ? { [ANNOTATION_PRUNED]: 'true' } : {} } };
}
