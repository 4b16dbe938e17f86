import type { ResourceType } from '../kube/resources.ts';
import { act, blockedBy } from '../reconcile/act.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { report } from '../reconcile/report.ts';
import { after, done, type Outcome, type Reconcile } from '../runtime/outcome.ts';
import type { Store } from '../runtime/store.ts';
import { blockedRun, decideRun, type RunKind, type RunPlan } from './decide.ts';
import type { RunObject } from './desired-job.ts';
import { askAboutRun, askForProgress, type RunWorld } from './observe.ts';

/** A kind of run, and how it is read and written. */
export interface RunController<T extends RunObject, W extends RunWorld<T>> {
  readonly kind: RunKind<T, W>;
  readonly resource: ResourceType<T>;
  readonly store: Store<T>;
  /** Databases for which a reconcile of any kind is between asking who is at work and starting a run. */
  readonly starts: Set<string>;
  /** Reads the caches. */
  observe(object: T): W;
}

/** When to come back to a Database for which another run is just being started. */
const OTHER_START_MS = 1000;

/** One pass over one run: observe, decide, act, report. */
export function runReconciler<T extends RunObject, W extends RunWorld<T>>(dependencies: Dependencies, controller: RunController<T, W>): Reconcile {
  const { caches, kube, logs, clock } = dependencies;
  const { kind, resource, store, starts } = controller;
  const reporter = { ...dependencies, resource, store, conditionType: kind.condition };

  const carryOut = async (world: W, plan: RunPlan, signal: AbortSignal): Promise<Outcome> => {
    try {
      for (const effect of plan.effects) await act({ kube, caches }, effect, signal);
    } catch (error) {
      const why = blockedBy(error);
      if (why !== undefined) await report(reporter, world.object, blockedRun(kind, world, { now: clock.now(), why }), signal);
      throw error;
    }
    await report(reporter, world.object, plan.status, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };

  return async (key, signal) => {
    const object = store.get(key);
    if (object === undefined) return done();
    const observed = controller.observe(object);
    const world: W = { ...observed, progress: await askForProgress(logs, observed, { now: clock.now(), signal }) };
    const plan = decideRun(kind, world, clock.now());
    if (plan.inDoubt === undefined) return carryOut(world, plan, signal);
    // Two runs that both ask first and create then would both find nobody at work.
    const database = `${object.metadata.namespace}/${object.spec.databaseRef.name}`;
    if (starts.has(database)) return after(OTHER_START_MS);
    starts.add(database);
    try {
      const certain: W = { ...world, ...(await askAboutRun({ caches, kube }, world, signal)) };
      return await carryOut(certain, decideRun(kind, certain, clock.now()), signal);
    } finally {
      starts.delete(database);
    }
  };
}
