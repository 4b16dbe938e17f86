import { BACKUP_ROLE, childNames, controllerReference, SUPERUSER, type Database, type ObjectMeta } from '@postgres-operator/api';
import type { Effect } from '../../reconcile/plan.ts';
import { childLabels } from './metadata.ts';

/**
 * The two Secrets: of the application, and of the operator's own Jobs.
 *
 * They are owned by the ConfigMap, not by the Database. The controller may neither read nor delete Secrets; but it can
 * delete the ConfigMap in the foreground, which keeps that until the garbage collector has removed the Secrets. Without
 * this, a Database created again at once would take over a Secret that is about to disappear.
 */
export function credentialSecrets(database: Database, config: { metadata: ObjectMeta }): Effect[] {
  const { namespace, name } = database.metadata;
  const { credentials, internal } = childNames(name);
  const owner = controllerReference({ apiVersion: 'v1', kind: 'ConfigMap', metadata: config.metadata });
  const secret = (secretName: string, stringData: Record<string, string>, generate: string[]): Effect => {
    const metadata = { name: secretName, namespace, labels: childLabels(name), ownerReferences: [owner] };
    return { do: 'createSecret', generate, object: { apiVersion: 'v1', kind: 'Secret', metadata, stringData } };
  };
  return [
    secret(credentials, { username: database.spec.username, database: database.spec.databaseName }, ['password']),
    secret(internal, { username: SUPERUSER, 'backup-username': BACKUP_ROLE }, ['password', 'backup-password']),
  ];
}
