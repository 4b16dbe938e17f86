import { BACKUP_ROLE, childNames, controllerReference, POSTGRES_PORT, SUPERUSER, type Database, type ObjectMeta } from '@postgres-operator/api';
import type { CreateSecret } from '../../reconcile/plan.ts';
import { childLabels } from './metadata.ts';

/**
 * The two Secrets: of the application, and of the operator's own Jobs.
 *
 * They are owned by the ConfigMap, not by the Database. The controller may neither read nor delete Secrets; but it can
 * delete the ConfigMap in the foreground, which keeps that until the garbage collector has removed the Secrets. Without
 * this, a Database created again at once would take over a Secret that is about to disappear.
 */
export function credentialSecrets(database: Database, config: { metadata: ObjectMeta }): CreateSecret[] {
  const { namespace, name } = database.metadata;
  const { credentials, internal } = childNames(name);
  const owner = controllerReference({ apiVersion: 'v1', kind: 'ConfigMap', metadata: config.metadata });
  const secret = (secretName: string, { stringData, ...made }: Content): CreateSecret => {
    const metadata = { name: secretName, namespace, labels: childLabels(name), ownerReferences: [owner] };
    return { do: 'createSecret', ...made, object: { apiVersion: 'v1', kind: 'Secret', metadata, stringData } };
  };
  return [
    secret(credentials, connectionOf(database)),
    secret(internal, { stringData: { username: SUPERUSER, 'backup-username': BACKUP_ROLE }, generate: ['password', 'backup-password', 'replication-password'] }),
  ];
}

/** What a Secret holds: fixed values, and keys that are made when it is created. */
type Content = Pick<CreateSecret, 'generate' | 'templates'> & { readonly stringData: Readonly<Record<string, string>> };

/** The names of the course, and beside them the well-known ones of the Service Binding specification. */
function connectionOf({ metadata, spec }: Database): Content {
  const { username, databaseName } = spec;
  // Without the cluster's domain, which is not cluster.local everywhere.
  const host = `${childNames(metadata.name).service}.${metadata.namespace}.svc`;
  const port = String(POSTGRES_PORT);
  return {
    stringData: { username, database: databaseName, type: 'postgresql', host, port },
    generate: ['password'],
    templates: { uri: `postgresql://${uriEncoded(username)}:{password}@${host}:${port}/${uriEncoded(databaseName)}` },
  };
}

/** What may stand in any part of a URI: encodeURIComponent leaves some characters that others take for delimiters. */
const uriEncoded = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
