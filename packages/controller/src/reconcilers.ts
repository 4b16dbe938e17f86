// The reconcilers of all kinds, from what they depend on.
import { isScheduled, scheduleUidOf, type Backup } from '@postgres-operator/api';
import { isToBeAdopted } from './backup/adopted.ts';
import { isHeld } from './backup/deletion/decide.ts';
import { deletionReconciler, isMarkedWrongly, markReconciler } from './backup/deletion/reconcile.ts';
import { observeDrill } from './backup/drill/observe.ts';
import { backupRun } from './backup/kind.ts';
import { comparedWith } from './backup/suspicion.ts';
import { backupFolder, credentialsSecret } from './backup/storage.ts';
import { adoptionReconciler, scanReconciler } from './catalogue/reconcile.ts';
import { databaseReconciler } from './database/reconcile.ts';
import { RESOURCES } from './kube/resources.ts';
import type { Dependencies } from './reconcile/dependencies.ts';
import { restingWhereNamespaceGoes } from './reconcile/namespace-goes.ts';
import { isReachable } from './reconcile/routes.ts';
import { checkRestore } from './restore/checks.ts';
import { restoreRun } from './restore/kind.ts';
import { observeSource, secretOf } from './restore/source.ts';
import { checkTarget, credentialsIn } from './run/checks.ts';
import { leftoverJobsReconciler } from './run/leftover-jobs.ts';
import { observeRun, type HasAll } from './run/observe.ts';
import { runReconciler } from './run/reconcile.ts';
import { inTurn, type Reconcile } from './runtime/outcome.ts';
import { keyOf } from './runtime/object.ts';
import { scheduleReconciler } from './schedule/reconcile.ts';
import type { Queues } from './watches.ts';

export function createReconcilers(dependencies: Dependencies): Record<keyof Queues, Reconcile> {
  const { caches, config } = dependencies;
  const starts = new Set<string>();
  const resting = restingWhereNamespaceGoes(dependencies);
  const hasAll: HasAll = (run) => {
    const databaseKey = `${run.metadata.namespace}/${run.spec.databaseRef.name}`;
    const database = caches.databases.get(databaseKey);
    return (run.kind === 'Backup' ? checkTarget(run, database, isReachable(caches, databaseKey)) : checkRestore(run, database, observeSource(caches, run))) === undefined;
  };
  const schedules = inTurn(scheduleReconciler(dependencies), scanReconciler(dependencies));
  const runs = runReconciler(dependencies, {
    kind: backupRun(config),
    resource: RESOURCES.backups,
    store: caches.backups,
    starts,
    observe: (backup) => ({ ...observeRun(caches, backup, hasAll), credentials: credentialsIn(credentialsSecret(backup, backupFolder(backup, config), config)), lastGood: comparedWith(backup, caches.backups.by('schedule', scheduleUidOf(backup) ?? '')), drill: observeDrill(caches, backup) }),
  });
  const [deletions, marks, adoptions] = [deletionReconciler(dependencies), markReconciler(dependencies), adoptionReconciler(dependencies)];
  const reconcilerOf = (backup: Backup): Reconcile => {
    if (isHeld(backup)) return deletions;
    if (isScheduled(backup.spec)) return schedules;
    if (isToBeAdopted(backup)) return adoptions;
    return isMarkedWrongly(backup) ? marks : runs;
  };
  return {
    databases: inTurn(resting(databaseReconciler(dependencies)), leftoverJobsReconciler(dependencies)),
    backups: resting((key, signal) => {
      const backup = caches.backups.get(key);
      return (backup === undefined ? runs : reconcilerOf(backup))(key, signal);
    }),
    restores: resting(
      runReconciler(dependencies, {
        kind: restoreRun(config),
        resource: RESOURCES.restores,
        store: caches.restores,
        starts,
        observe: (restore) => {
          const source = observeSource(caches, restore);
          return { ...observeRun(caches, restore, hasAll), source, goingBack: caches.restores.by('previousOf', keyOf(restore)), credentials: credentialsIn(secretOf(source, config)) };
        },
      }),
    ),
  };
}
