import { BACKUP_FINALIZER, ConditionType, formatLocation, type Backup } from '@postgres-operator/api';
import { isNamespaceTerminating } from '../../kube/errors.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { act } from '../../reconcile/act.ts';
import type { Dependencies } from '../../reconcile/dependencies.ts';
import { report } from '../../reconcile/report.ts';
import { marksOf, takesItsData } from '../../retention/marks.ts';
import { after, done, type Outcome, type Reconcile } from '../../runtime/outcome.ts';
import { decideDeletion, leftBehind, type DeletionPlan } from './decide.ts';
import { askAboutDeletion, observeDeletion, type DeletionWorld } from './world.ts';

/** True for a Backup that is to be kept until its data is gone and is not, or the other way round. */
export const isMarkedWrongly = (backup: Backup): boolean => backup.metadata.deletionTimestamp === undefined && (backup.metadata.finalizers ?? []).includes(BACKUP_FINALIZER) !== takesItsData(backup);

/** Marks a Backup as its deletionPolicy wants it. A mark of retention stays: only the schedule takes it back. */
export function markReconciler({ caches, kube }: Dependencies): Reconcile {
  return async (key, signal) => {
    const backup = caches.backups.get(key);
    if (backup !== undefined) await act({ kube, caches }, { do: 'markBackup', object: marksOf(backup, takesItsData(backup) && backup.spec.deletionPolicy !== 'Delete') }, signal);
    return done();
  };
}

/** One pass over one Backup that is being deleted with its data: observe, decide, act, report. */
export function deletionReconciler(dependencies: Dependencies): Reconcile {
  const { caches, kube, clock, config } = dependencies;
  const reporter = { ...dependencies, resource: RESOURCES.backups, store: caches.backups, conditionType: ConditionType.DataDeleted };

  const carryOut = async (world: DeletionWorld, plan: DeletionPlan, signal: AbortSignal): Promise<Outcome> => {
    try {
      for (const effect of plan.effects) await act({ kube, caches }, effect, signal);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
      // Nothing can be created there any more, so nothing could delete it.
      await report(reporter, world.object, leftBehind(world.object, formatLocation(world.folder), { why: 'its namespace is being deleted', now: clock.now() }), signal);
      return done();
    }
    await report(reporter, world.object, plan, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };

  return async (key, signal) => {
    const object = caches.backups.get(key);
    if (object === undefined) return done();
    const world = observeDeletion(caches, object, config);
    const plan = decideDeletion(world, config, clock.now());
    if (plan.inDoubt === undefined) return carryOut(world, plan, signal);
    const certain = await askAboutDeletion(kube, world, signal);
    return carryOut(certain, decideDeletion(certain, config, clock.now()), signal);
  };
}
