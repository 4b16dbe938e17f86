// The Backup that a Database of another major version is loaded from. Pure.
import { API_VERSION, LABEL_PURPOSE, UPGRADE_BACKUP, type Database, type Upgrade } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { childLabels } from '../children/metadata.ts';
import { upgradeBackupName } from './identity.ts';

/** Clients are kept out meanwhile: what does not pass soon ends the upgrade. */
const BACKOFF_LIMIT = 2;

/** The Backup. It has no owner: it outlives the upgrade and its Database. */
export function desiredUpgradeBackup(database: Database, upgrade: Upgrade): Writable {
  const { name, namespace } = database.metadata;
  const labels = { ...childLabels(name), [LABEL_PURPOSE]: UPGRADE_BACKUP };
  const spec = { databaseRef: { name }, backoffLimit: BACKOFF_LIMIT };
  return { apiVersion: API_VERSION, kind: 'Backup', metadata: { name: upgradeBackupName(database, upgrade), namespace, labels }, spec } as Writable;
}
