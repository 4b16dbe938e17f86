import type { ResourceType } from '../kube/resources.ts';
import { act, blockedBy } from '../reconcile/act.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { report } from '../reconcile/report.ts';
import { after, done, type Reconcile } from '../runtime/outcome.ts';
import type { Store } from '../runtime/store.ts';
import { blockedRun, decideRun, type RunKind } from './decide.ts';
import type { RunObject } from './desired-job.ts';
import type { RunWorld } from './observe.ts';

/** A kind of run, and how it is read and written. */
export interface RunController<T extends RunObject, W extends RunWorld<T>> {
  readonly kind: RunKind<T, W>;
  readonly resource: ResourceType<T>;
  readonly store: Store<T>;
  observe(object: T, signal: AbortSignal): Promise<W>;
}

/** One pass over one run: observe, decide, act, report. */
export function runReconciler<T extends RunObject, W extends RunWorld<T>>(dependencies: Dependencies, controller: RunController<T, W>): Reconcile {
  const { caches, kube, clock } = dependencies;
  const { kind, resource, store } = controller;
  const reporter = { ...dependencies, resource, store, conditionType: kind.condition };

  return async (key, signal) => {
    const object = store.get(key);
    if (object === undefined) return done();
    const world = await controller.observe(object, signal);
    const plan = decideRun(kind, world, clock.now());
    try {
      for (const effect of plan.effects) await act({ kube, caches }, effect, signal);
    } catch (error) {
      const why = blockedBy(error);
      if (why !== undefined) await report(reporter, object, blockedRun(kind, world, { now: clock.now(), why }), signal);
      throw error;
    }
    await report(reporter, object, plan.status, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };
}

