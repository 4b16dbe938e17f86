import { ConditionType } from '@postgres-operator/api';
import { withFreshness } from '../backup/freshness.ts';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { RESOURCES } from '../kube/resources.ts';
import { act, blockedBy } from '../reconcile/act.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { report } from '../reconcile/report.ts';
import { after, done, type Reconcile } from '../runtime/outcome.ts';
import { desiredCheckJob } from './check/desired-check.ts';
import { blockedStatus, decideDatabase, type DatabasePlan } from './decide.ts';
import { secretAsker } from './ask-for-secrets.ts';
import { askAboutNamespace } from './deletion/ask.ts';
import { finalBackup } from './deletion/final-backup.ts';
import { askAboutChildren, askForWarnings, observeDatabase } from './observe.ts';
import type { DatabaseWorld } from './world.ts';
import { growVolumes } from './storage/grow.ts';
import { askForUpgradeProgress } from './upgrade/ask-for-progress.ts';
import { desiredUpgradeJob } from './upgrade/desired-work.ts';

/** One pass over one Database: observe, decide, act, report. */
export function databaseReconciler(dependencies: Dependencies): Reconcile {
  const { caches, kube, clock, config } = dependencies;
  const reporter = { ...dependencies, resource: RESOURCES.databases, store: caches.databases, conditionType: ConditionType.Ready };

  const look = closerLook(dependencies);

  return async (key, signal) => {
    const seen = observeDatabase(caches, key);
    if (seen === undefined) return done();
    const world = await look(seen, { now: clock.now(), signal });
    const plan = withFreshness(decideDatabase(world, clock.now()), { database: world.database, backups: world.database.spec.objective === undefined ? [] : caches.backups.by('completedOf', key) }, clock.now());
    try {
      for (const effect of plan.effects) await act({ kube, caches }, effect, signal);
      for (const object of jobsOf(plan, world, { config, now: clock.now() })) await act({ kube, caches }, { do: 'createJob', object }, signal);
    } catch (error) {
      const blocked = blockedBy(error);
      if (blocked !== undefined) await report(reporter, world.database, { status: blockedStatus(world, clock.now(), blocked) }, signal);
      throw error;
    }
    await report(reporter, world.database, plan, signal);
    return plan.requeueAfterMs === undefined ? done() : after(plan.requeueAfterMs);
  };
}

/** The Jobs of runners that a plan starts. */
function jobsOf({ check, upgrade: job }: DatabasePlan, world: DatabaseWorld, { config, now }: { readonly config: Config; readonly now: number }): Writable[] {
  const { database } = world;
  const { upgrade } = database.status ?? {};
  return [...(check === undefined ? [] : [desiredCheckJob(world, { ...check, startedAt: now }, config)]), ...(job === undefined || upgrade === undefined ? [] : [desiredUpgradeJob(database, upgrade, { job, config })])];
}

/** What caches cannot tell is asked of the API server, as far as it matters where the Database is. */
function closerLook({ kube, caches, logs }: Pick<Dependencies, 'kube' | 'caches' | 'logs'>): (seen: DatabaseWorld, when: { readonly now: number; readonly signal: AbortSignal }) => Promise<DatabaseWorld> {
  const askForSecrets = secretAsker(kube);
  return async (seen, when) => {
    const { signal } = when;
    if (seen.database.metadata.deletionTimestamp === undefined) return askForSecrets(await growVolumes({ kube, caches }, await askForWarnings(kube, await askForUpgradeProgress(logs, seen, signal), when), signal), when);
    const world = await askForSecrets(await askAboutNamespace(kube, seen, signal), when);
    return finalBackup(world) === undefined ? askAboutChildren(kube, world, signal) : world;
  };
}
