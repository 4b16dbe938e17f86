// The resources the controller reads and writes, and where the API server keeps them.
import { GROUP, VERSION, type Backup, type Database, type Restore } from '@postgres-operator/api';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import type { ConfigMap, PersistentVolumeClaim, Pod, Secret, Service } from 'kubernetes-types/core/v1.d.ts';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.d.ts';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.d.ts';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts';
import type { ObjectMeta } from '@postgres-operator/api';

/** A built-in object as the API server returns it: with its metadata. */
export type Read<T> = Omit<T, 'metadata'> & { readonly metadata: ObjectMeta };

export type LeaseObject = Read<Lease>;

/** One resource of the API server. The type parameter says what it holds. */
export interface ResourceType<T> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Never set: carries the type. */
  readonly holds?: T;
}

const own = <T>(kind: string, plural: string): ResourceType<T> => ({ apiVersion: `${GROUP}/${VERSION}`, kind, plural });

export const RESOURCES = {
  databases: own<Database>('Database', 'databases'),
  backups: own<Backup>('Backup', 'backups'),
  restores: own<Restore>('Restore', 'restores'),
  jobs: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' } as ResourceType<Read<Job>>,
  pods: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' } as ResourceType<Read<Pod>>,
  statefulSets: { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' } as ResourceType<Read<StatefulSet>>,
  services: { apiVersion: 'v1', kind: 'Service', plural: 'services' } as ResourceType<Read<Service>>,
  configMaps: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' } as ResourceType<Read<ConfigMap>>,
  claims: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims' } as ResourceType<Read<PersistentVolumeClaim>>,
  secrets: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' } as ResourceType<Read<Secret>>,
  endpointSlices: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', plural: 'endpointslices' } as ResourceType<Read<EndpointSlice>>,
  disruptionBudgets: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets' } as ResourceType<Read<PodDisruptionBudget>>,
  networkPolicies: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', plural: 'networkpolicies' } as ResourceType<Read<NetworkPolicy>>,
  leases: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' } as ResourceType<LeaseObject>,
  events: { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events' } as ResourceType<{ metadata: ObjectMeta }>,
} as const;

/** Our own kinds: they are watched whole; of everything else, what carries the operator's label. */
export const OWN_KINDS = ['databases', 'backups', 'restores'] as const satisfies readonly (keyof typeof RESOURCES)[];

/** The path of a resource, of one namespace or (without one) of all. */
export function pathOf(resource: ResourceType<unknown>, namespace?: string, name?: string): string {
  const root = resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${resource.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
