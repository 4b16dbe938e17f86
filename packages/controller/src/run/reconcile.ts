import type { ResourceType } from '../kube/resources.ts';
import { act, blockedBy } from '../reconcile/act.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { report } from '../reconcile/report.ts';
import { after, done, type Outcome, type Reconcile } from '../runtime/outcome.ts';
import type { Store } from '../runtime/store.ts';
import { blockedRun, decideRun } from './decide.ts';
import { databaseKeyOf, type RunObject } from './desired-job.ts';
import type { RunKind, RunPlan } from './kind.ts';
import { askAboutRun, askForOne, askForProgress, type RunWorld } from './observe.ts';

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
/** When to come back to a run that the cache has not heard the latest of. */
const STALE_MS = 1000;

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
      const status = why && blockedRun(kind, world, { now: clock.now(), why });
      if (status !== undefined) await report(reporter, world.object, { status }, signal);
      throw error;
    }
    await report(reporter, world.object, plan, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };

  const isLatest = async ({ metadata }: T, signal: AbortSignal): Promise<boolean> => {
    const latest = await askForOne(kube, resource, metadata, signal);
    if (latest !== undefined) store.upsert(latest);
    return latest?.metadata.resourceVersion === metadata.resourceVersion;
  };

  return async (key, signal) => {
    const object = store.get(key);
    if (object === undefined) return done();
    const observed = controller.observe(object);
    const world: W = { ...observed, progress: await askForProgress(logs, observed, { now: clock.now(), signal }) };
    const plan = decideRun(kind, world, clock.now());
    if (plan.inDoubt === undefined) return carryOut(world, plan, signal);
    // Two runs that both ask first and create then would both find nobody at work.
    const database = databaseKeyOf(object);
    if (starts.has(database)) return after(OTHER_START_MS);
    starts.add(database);
    try {
      // A Job that a later status knows of may be gone by now: only the latest one tells which attempt has not had its Job.
      if (!(await isLatest(object, signal))) return after(STALE_MS);
      const certain: W = { ...world, ...(await askAboutRun({ caches, kube }, world, signal)) };
      return await carryOut(certain, decideRun(kind, certain, clock.now()), signal);
    } finally {
      starts.delete(database);
    }
  };
}
