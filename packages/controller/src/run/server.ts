// What runners are told of their object, of a server, and of themselves. Pure.
import { childNames, POSTGRES_PORT, type CheckRequest, type Database, type DumpRequest, type RequestHead } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { RunObject } from './desired-job.ts';

/** How a runner reaches the primary of a Database. */
export const serverOf = ({ metadata, spec }: Database): DumpRequest['server'] => ({
  host: `${childNames(metadata.name).service}.${metadata.namespace}.svc`,
  port: POSTGRES_PORT,
  database: spec.databaseName,
});

/** The server of an ordinal, by the name of its pod: 0 is the primary. */
export function serverAt({ metadata }: Database, ordinal: number): CheckRequest['standbys'][number] {
  const { statefulSet, headlessService } = childNames(metadata.name);
  const name = `${statefulSet}-${ordinal}`;
  return { name, host: `${name}.${headlessService}.${metadata.namespace}.svc`, port: POSTGRES_PORT };
}

/** The primary by the name of its pod, where no Service leads to it. */
export const primaryPodOf = (database: Database): DumpRequest['server'] => ({ host: serverAt(database, 0).host, port: POSTGRES_PORT, database: database.spec.databaseName });

/** Each standby that the spec wants. */
export const standbysOf = (database: Database): CheckRequest['standbys'] => Array.from({ length: database.spec.replicas - 1 }, (_, index) => serverAt(database, index + 1));

/** What leads to any standby that is ready; nothing where there are none. */
export const anyStandbyOf = ({ metadata, spec }: Database): NonNullable<DumpRequest['standby']> =>
  spec.replicas > 1 ? { host: `${childNames(metadata.name).readOnlyService}.${metadata.namespace}.svc`, port: POSTGRES_PORT } : {};

/** What the request of every run begins with. Runners log at info unless they are told otherwise. */
export const requestHead = ({ kind, metadata: { namespace, name, uid } }: Pick<RunObject, 'metadata'> & { readonly kind: string }, { logLevel, operatorVersion }: Pick<Config, 'logLevel' | 'operatorVersion'>): RequestHead => ({
  v: 1,
  object: { kind, namespace, name, uid },
  ...(logLevel === 'debug' && { logLevel }),
  operatorVersion,
});
