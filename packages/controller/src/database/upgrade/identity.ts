// Names of what belongs to one upgrade of one Database. They derive from the Database's UID and from what asked for the upgrade. Pure.
import { MAX_NAME_LENGTH, type Database, type Upgrade } from '@postgres-operator/api';
import { digestOf } from '../../reconcile/digest.ts';
import { nameOfWork } from '../../run/desired-job.ts';
import { VOLUME } from '../server/folders.ts';

/** What an upgrade does in Jobs. */
export type UpgradeWork = 'image' | 'check' | 'prepare' | 'verify' | 'load';

type Asked = Pick<Upgrade, 'from' | 'to' | 'generation' | 'request'>;

/** Eight hexadecimal digits that stand for one upgrade: the same one that is tried again has others. */
export const upgradeId = ({ metadata }: Pick<Database, 'metadata'>, { from, to, generation, request = '' }: Asked): string =>
  digestOf(JSON.stringify([metadata.uid, from.image, to.image, generation, request])).slice(0, 8);

/** The name of a Job: each attempt has one of its own. */
export const upgradeJobName = (database: Database, upgrade: Upgrade, work: UpgradeWork): string => nameOfWork(database, `up-${upgradeId(database, upgrade)}-${work}-${upgrade.attempt}`);

/** The name of the Backup. */
export function upgradeBackupName(database: Database, upgrade: Asked): string {
  const suffix = `-upgrade-${upgradeId(database, upgrade)}`;
  return `${database.metadata.name.slice(0, MAX_NAME_LENGTH - suffix.length)}${suffix}`;
}

/** The hand-over file, on the volume of the primary. */
export const handoverFile = (database: Database, upgrade: Asked): string => `${VOLUME}/.upgrade-${upgradeId(database, upgrade)}/handover`;
