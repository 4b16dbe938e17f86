import { ConditionType } from '@postgres-operator/api';
import { RESOURCES } from '../kube/resources.ts';
import { act, blockedBy } from '../reconcile/act.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { report } from '../reconcile/report.ts';
import { after, done, type Reconcile } from '../runtime/outcome.ts';
import { blockedStatus, decideDatabase } from './decide.ts';
import { askAboutChildren, askForWarnings, observeDatabase } from './observe.ts';

/** One pass over one Database: observe, decide, act, report. */
export function databaseReconciler(dependencies: Dependencies): Reconcile {
  const { caches, kube, clock } = dependencies;
  const reporter = { ...dependencies, resource: RESOURCES.databases, store: caches.databases, conditionType: ConditionType.Ready };

  return async (key, signal) => {
    const seen = observeDatabase(caches, key);
    if (seen === undefined) return done();
    const world = seen.database.metadata.deletionTimestamp === undefined ? await askForWarnings(kube, seen, { now: clock.now(), signal }) : await askAboutChildren(kube, seen, signal);
    const plan = decideDatabase(world, clock.now());
    try {
      for (const effect of plan.effects) await act({ kube, caches }, effect, signal);
    } catch (error) {
      const blocked = blockedBy(error);
      if (blocked !== undefined) await report(reporter, world.database, { status: blockedStatus(world, clock.now(), blocked) }, signal);
      throw error;
    }
    await report(reporter, world.database, plan, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };
}
