import { ConditionType, specViolation } from '@postgres-operator/api';
import { decideAdopted } from '../backup/adopted.ts';
import { RESOURCES } from '../kube/resources.ts';
import { act, blockedBy } from '../reconcile/act.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { report } from '../reconcile/report.ts';
import { after, done, type Reconcile } from '../runtime/outcome.ts';
import { blockedScan, decideScan } from './decide.ts';
import { scanOf } from './scan.ts';
import { observeScan } from './world.ts';

/** One pass over a Backup that a scan found, until it says what it stands for. */
export function adoptionReconciler(dependencies: Dependencies): Reconcile {
  const { caches, clock, config } = dependencies;
  const reporter = { ...dependencies, resource: RESOURCES.backups, store: caches.backups, conditionType: ConditionType.BackupReady };
  return async (key, signal) => {
    const backup = caches.backups.get(key);
    if (backup?.spec.adopted !== undefined) await report(reporter, backup, decideAdopted(backup, backup.spec.adopted, { config, now: clock.now() }), signal);
    return done();
  };
}

/** One pass over the scan that a schedule is asked for, if there is one: observe, decide, act, report. */
export function scanReconciler(dependencies: Dependencies): Reconcile {
  const { caches, kube, clock, config } = dependencies;
  const reporter = { ...dependencies, resource: RESOURCES.backups, store: caches.backups, conditionType: ConditionType.CatalogueScanned };
  return async (key, signal) => {
    const object = caches.backups.get(key);
    if (object === undefined) return done();
    const scan = scanOf(object);
    // What is wrong with its spec, the schedule says.
    if (scan === undefined || specViolation(object) !== undefined) return done();
    const world = observeScan(caches, object, scan);
    const plan = decideScan(world, config, clock.now());
    try {
      for (const effect of plan.effects) await act({ kube, caches }, effect, signal);
    } catch (error) {
      const why = blockedBy(error);
      if (why !== undefined) await report(reporter, object, { status: blockedScan(world, why, clock.now()) }, signal);
      throw error;
    }
    await report(reporter, object, plan, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };
}
