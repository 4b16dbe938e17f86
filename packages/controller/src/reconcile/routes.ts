// Whether clients can reach a Database.
import { childNames } from '@postgres-operator/api';
import type { Caches } from './caches.ts';

/** True when Service <db> of a Database (namespace/name) routes to a ready pod, which is the primary. */
export function isReachable(caches: Pick<Caches, 'endpointSlices'>, databaseKey: string): boolean {
  const { service } = childNames(databaseKey.slice(databaseKey.indexOf('/') + 1));
  const slices = caches.endpointSlices.by('database', databaseKey).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service);
  // A slice without endpoints says null, whatever the type says.
  return slices.some((slice) => ((slice.endpoints ?? []) as typeof slice.endpoints).some((endpoint) => endpoint.conditions?.ready === true));
}
