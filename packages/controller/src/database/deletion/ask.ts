import { childNames } from '@postgres-operator/api';
import type { Kube } from '../../kube/client.ts';
import { isNamespaceTerminating, isRefused } from '../../kube/errors.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { DatabaseWorld } from '../world.ts';
import { isFinalBackupWanted } from './final-backup.ts';

/**
 * The world of a deleted Database with whether its namespace goes too, where that matters: no final Backup can be created then. It is
 * asked by a dry run of creating something, for the controller reads no namespaces.
 */
export async function askAboutNamespace(kube: Kube, world: DatabaseWorld, signal: AbortSignal): Promise<DatabaseWorld> {
  if (!isFinalBackupWanted(world) || world.finalBackup !== undefined) return world;
  const { namespace, name } = world.database.metadata;
  const terminating = await kube.exists(RESOURCES.secrets, { namespace, name: childNames(name).credentials }, signal).then(
    () => false,
    (error: unknown) => {
      if (!isRefused(error)) throw error;
      return isNamespaceTerminating(error);
    },
  );
  return { ...world, terminating };
}
