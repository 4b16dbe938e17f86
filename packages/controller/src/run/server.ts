// What runners are told of their object, of a server, and of themselves. Pure.
import { childNames, POSTGRES_PORT, type Database, type DumpRequest, type RequestHead } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { RunObject } from './desired-job.ts';

/** How a runner reaches the primary of a Database. */
export const serverOf = ({ metadata, spec }: Database): DumpRequest['server'] => ({
  host: `${childNames(metadata.name).service}.${metadata.namespace}.svc`,
  port: POSTGRES_PORT,
  database: spec.databaseName,
});

/** What the request of every run begins with. Runners log at info unless they are told otherwise. */
export const requestHead = ({ kind, metadata: { namespace, name, uid } }: Pick<RunObject, 'metadata'> & { readonly kind: string }, { logLevel, operatorVersion }: Pick<Config, 'logLevel' | 'operatorVersion'>): RequestHead => ({
  v: 1,
  object: { kind, namespace, name, uid },
  ...(logLevel === 'debug' && { logLevel }),
  operatorVersion,
});
