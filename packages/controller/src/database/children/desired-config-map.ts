import { childNames, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { stamped } from '../../reconcile/drift.ts';
import { bootstrapSql } from '../server/bootstrap-sql.ts';
import { SERVER_FILES } from '../../generated/server-files.ts';
import { PARAMETERS_FILE, parametersFile } from '../parameters/file.ts';
import { serverSettings, settingsFile } from '../server/settings.ts';
import { childMetadata } from './metadata.ts';

/** The files that a PostgreSQL container starts from; `isNew` as in `serverSettings`. It also owns the Secrets: see `credentialSecrets`. */
export function desiredConfigMap(database: Database, isNew: boolean): Writable {
  const { databaseName, username } = database.spec;
  const data = { ...SERVER_FILES, [PARAMETERS_FILE]: parametersFile(database), 'settings.sh': settingsFile(serverSettings(database, isNew)), 'bootstrap.sql': bootstrapSql({ databaseName, username }) };
  return stamped({ apiVersion: 'v1', kind: 'ConfigMap', metadata: childMetadata(database, childNames(database.metadata.name).config), data } as Writable);
}
