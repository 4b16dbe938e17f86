// The reconcilers of all kinds, from what they depend on.
import { backupRun } from './backup/kind.ts';
import { backupFolder, credentialsSecret, storedFolder } from './backup/storage.ts';
import { databaseReconciler } from './database/reconcile.ts';
import { RESOURCES } from './kube/resources.ts';
import type { Dependencies } from './reconcile/dependencies.ts';
import { restoreRun } from './restore/kind.ts';
import { credentialsIn } from './run/checks.ts';
import { observeRun } from './run/observe.ts';
import { runReconciler } from './run/reconcile.ts';
import type { Reconcile } from './runtime/outcome.ts';
import type { Queues } from './watches.ts';

export function createReconcilers(dependencies: Dependencies): Record<keyof Queues, Reconcile> {
  const { caches, config } = dependencies;
  const starts = new Set<string>();
  return {
    databases: databaseReconciler(dependencies),
    backups: runReconciler(dependencies, {
      kind: backupRun(config),
      resource: RESOURCES.backups,
      store: caches.backups,
      starts,
      observe: (backup) => ({ ...observeRun(caches, backup), credentials: credentialsIn(credentialsSecret(backup, backupFolder(backup, config), config)) }),
    }),
    restores: runReconciler(dependencies, {
      kind: restoreRun(config),
      resource: RESOURCES.restores,
      store: caches.restores,
      starts,
      observe: (restore) => {
        const backup = caches.backups.get(`${restore.metadata.namespace}/${restore.spec.backupRef.name}`);
        const folder = backup && storedFolder(backup);
        return { ...observeRun(caches, restore), backup, credentials: credentialsIn(folder && credentialsSecret(backup, folder, config)) };
      },
    }),
  };
}
