import { ConditionType, LABEL_SCHEDULE_UID } from '@postgres-operator/api';
import { isNotFound } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import { act, blockedBy } from '../reconcile/act.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { report } from '../reconcile/report.ts';
import { after, done, type Outcome, type Reconcile } from '../runtime/outcome.ts';
import { blockedSchedule, decideSchedule, type SchedulePlan } from './decide.ts';
import { observeSchedule, type ScheduleWorld } from './world.ts';

/** When to come back to a schedule that the cache has not heard the latest of. */
const STALE_MS = 1000;

/** One pass over one Backup with a schedule: observe, decide, act, report. */
export function scheduleReconciler(dependencies: Dependencies): Reconcile {
  const { caches, kube, clock } = dependencies;
  const reporter = { ...dependencies, resource: RESOURCES.backups, store: caches.backups, conditionType: ConditionType.BackupReady };

  const carryOut = async (world: ScheduleWorld, plan: SchedulePlan, signal: AbortSignal): Promise<Outcome> => {
    try {
      for (const effect of plan.effects) await act({ kube, caches }, effect, signal);
    } catch (error) {
      const why = blockedBy(error);
      if (why !== undefined) await report(reporter, world.object, { status: blockedSchedule(world, why, clock.now()) }, signal);
      throw error;
    }
    await report(reporter, world.object, plan, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };

  /** The runs as the API server has them; undefined when the schedule itself is not the one that was observed. */
  const ask = async ({ object: { metadata } }: ScheduleWorld, signal: AbortSignal): Promise<ScheduleWorld | undefined> => {
    const latest = await kube.get(RESOURCES.backups, metadata, signal).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (latest?.metadata.resourceVersion !== metadata.resourceVersion) return undefined;
    const { items } = await kube.list(RESOURCES.backups, { namespace: metadata.namespace, labelSelector: `${LABEL_SCHEDULE_UID}=${metadata.uid}` }, signal);
    return { ...observeSchedule(caches, latest, items), certain: true };
  };

  return async (key, signal) => {
    const object = caches.backups.get(key);
    if (object === undefined) return done();
    const world = { ...observeSchedule(caches, object), certain: false };
    const plan = decideSchedule(world, clock.now());
    if (plan.inDoubt === undefined) return carryOut(world, plan, signal);
    const certain = await ask(world, signal);
    return certain === undefined ? after(STALE_MS) : carryOut(certain, decideSchedule(certain, clock.now()), signal);
  };
}
