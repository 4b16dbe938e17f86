// What runners are told of a server and of themselves. Pure.
import { childNames, POSTGRES_PORT, type Database, type DumpRequest } from '@postgres-operator/api';
import type { Config } from '../config.ts';

/** How a runner reaches the primary of a Database. */
export const serverOf = ({ metadata, spec }: Database): DumpRequest['server'] => ({
  host: `${childNames(metadata.name).service}.${metadata.namespace}.svc`,
  port: POSTGRES_PORT,
  database: spec.databaseName,
});

/** Runners are at info unless they are told otherwise. */
export const logLevelOf = ({ logLevel }: Pick<Config, 'logLevel'>): Pick<DumpRequest, 'logLevel'> => (logLevel === 'debug' ? { logLevel } : {});
