// The children of a Database, from its spec. Pure: data in, objects out.
import { childNames, controllerReference, LABEL_DATABASE, LABEL_MANAGED_BY, MANAGED_BY, POSTGRES_PORT, SUPERUSER, BACKUP_ROLE, type Database, type ObjectMeta } from '@postgres-operator/api';
import type { Effect } from '../../reconcile/plan.ts';
import type { Writable } from '../../kube/client.ts';
import { stamped } from '../../reconcile/drift.ts';
import { bootstrapSql } from '../server/bootstrap-sql.ts';
import { HBA_CONF, START_SCRIPT } from '../server/start-script.ts';

/** Labels of everything that belongs to a Database. */
export const childLabels = (database: string): Record<string, string> => ({ [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_DATABASE]: database });

/** Labels that the course selects a Database's pods by. The selectors of its Services use them too. */
export const podLabels = (database: string): Record<string, string> => ({ app: 'database', name: database, database });

/** metadata of a child that the Database controls. */
export const childMetadata = (database: Database, name: string): Writable['metadata'] & { labels: Record<string, string> } => ({
  name,
  namespace: database.metadata.namespace,
  labels: childLabels(database.metadata.name),
  ...{ ownerReferences: [controllerReference(database)] },
});

/** The files that a PostgreSQL container starts from. It also owns the Secrets: see {@link credentialSecrets}. */
export function desiredConfigMap(database: Database): Writable {
  const { databaseName, username } = database.spec;
  const data = { 'start.sh': START_SCRIPT, 'pg_hba.conf': HBA_CONF, 'bootstrap.sql': bootstrapSql({ databaseName, username }) };
  return stamped({ apiVersion: 'v1', kind: 'ConfigMap', metadata: childMetadata(database, childNames(database.metadata.name).config), data } as Writable);
}

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

const port = { name: 'postgres', port: POSTGRES_PORT, targetPort: 'postgres', protocol: 'TCP' };

/** Service <db>: the primary, which is ordinal 0. */
export function desiredService(database: Database): Writable {
  const { name } = database.metadata;
  const selector = { ...podLabels(name), 'statefulset.kubernetes.io/pod-name': `${childNames(name).statefulSet}-0` };
  return stamped({ apiVersion: 'v1', kind: 'Service', metadata: childMetadata(database, childNames(name).service), spec: { type: 'ClusterIP', selector, ports: [port] } } as Writable);
}

/** Service <db>-headless: the DNS names of the pods, also of those that are not ready yet. */
export function desiredHeadlessService(database: Database): Writable {
  const { name } = database.metadata;
  const spec = { clusterIP: 'None', publishNotReadyAddresses: true, selector: podLabels(name), ports: [port] };
  return stamped({ apiVersion: 'v1', kind: 'Service', metadata: childMetadata(database, childNames(name).headlessService), spec } as Writable);
}
