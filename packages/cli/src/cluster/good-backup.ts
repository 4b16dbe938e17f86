import { isScheduled, type Backup } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import type { Context } from '../command.ts';
import { Exit, PluginError } from '../exit.ts';
import { find } from './ask.ts';

/** The Completed Backup of a name; of a schedule, its newest good one. @throws PluginError when there is nothing to look at */
export async function findStored(context: Context, name: string): Promise<Backup> {
  const named = await find(context, RESOURCES.backups, name);
  const newest = named.status?.newestGood;
  if (isScheduled(named.spec) && newest === undefined) throw new PluginError(Exit.failed, `Schedule ${name} has no good backup yet`);
  const backup = isScheduled(named.spec) && newest !== undefined ? await find(context, RESOURCES.backups, newest) : named;
  if (backup.status?.phase !== 'Completed') throw new PluginError(Exit.failed, `Backup ${backup.metadata.name} is not Completed but ${backup.status?.phase ?? 'Pending'}: there is nothing stored to look at`);
  return backup;
}
