import { childNames, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { stamped } from '../../reconcile/drift.ts';
import { bootstrapSql } from '../server/bootstrap-sql.ts';
import { HBA_CONF, START_SCRIPT } from '../server/start-script.ts';
import { childMetadata } from './metadata.ts';

/** The files that a PostgreSQL container starts from. It also owns the Secrets: see `credentialSecrets`. */
export function desiredConfigMap(database: Database): Writable {
  const { databaseName, username } = database.spec;
  const data = { 'start.sh': START_SCRIPT, 'pg_hba.conf': HBA_CONF, 'bootstrap.sql': bootstrapSql({ databaseName, username }) };
  return stamped({ apiVersion: 'v1', kind: 'ConfigMap', metadata: childMetadata(database, childNames(database.metadata.name).config), data } as Writable);
}
