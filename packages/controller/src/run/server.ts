import { childNames, POSTGRES_PORT, type Database, type DumpRequest } from '@postgres-operator/api';

/** How a runner reaches the primary of a Database. */
export const serverOf = ({ metadata, spec }: Database): DumpRequest['server'] => ({
  host: `${childNames(metadata.name).service}.${metadata.namespace}.svc`,
  port: POSTGRES_PORT,
  database: spec.databaseName,
});
