// Whether clients can reach a Database.
import { childNames } from '@postgres-operator/api';
import type { Endpoint } from 'kubernetes-types/discovery/v1.d.ts';
import type { Caches } from './caches.ts';

/** True when Service <db> of a Database (namespace/name) routes to a ready pod, which is the primary. */
export const isReachable = (caches: Slices, databaseKey: string): boolean =>
  // Not `ready`: it is true of every pod, since the Service publishes also those that are not ready.
  endpointsOf(caches, databaseKey).some(({ conditions }) => conditions?.serving === true && conditions.terminating !== true);

/** True when the Service routes anywhere: a server that is not ready, or that stops, may still let a client in. */
export const isRouted = (caches: Slices, databaseKey: string): boolean => endpointsOf(caches, databaseKey).length > 0;

type Slices = Pick<Caches, 'endpointSlices'>;

function endpointsOf(caches: Slices, databaseKey: string): readonly Endpoint[] {
  const { service } = childNames(databaseKey.slice(databaseKey.indexOf('/') + 1));
  const slices = caches.endpointSlices.by('database', databaseKey).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service);
  // A slice without endpoints says null, whatever the type says.
  return slices.flatMap((slice) => (slice.endpoints ?? []) as typeof slice.endpoints);
}
