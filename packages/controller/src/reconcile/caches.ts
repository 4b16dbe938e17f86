// The stores that observations read, and their indexes. All kinds but our own are limited to what the operator created.
import { LABEL_DATABASE, LABEL_MANAGED_BY, MANAGED_BY, type ObjectMeta } from '@postgres-operator/api';
import { RESOURCES, type ResourceType } from '../kube/resources.ts';
import { Store } from '../runtime/store.ts';

const MANAGED = `${LABEL_MANAGED_BY}=${MANAGED_BY}`;

type Labelled = { readonly metadata: Pick<ObjectMeta, 'namespace' | 'labels' | 'ownerReferences'> };

const databaseOf = ({ metadata }: Labelled): string[] => {
  const database = metadata.labels?.[LABEL_DATABASE];
  return database === undefined ? [] : [`${metadata.namespace}/${database}`];
};
const controllerOf = ({ metadata }: Labelled): string[] => (metadata.ownerReferences ?? []).filter((owner) => owner.controller).map((owner) => owner.uid);
const databaseRef = ({ metadata, spec }: Labelled & { spec: { databaseRef: { name: string } } }): string[] => [`${metadata.namespace}/${spec.databaseRef.name}`];

/** Makes the stores, empty. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the type is this very object's
export const createCaches = () => ({
  databases: store(RESOURCES.databases),
  backups: store(RESOURCES.backups, { database: databaseRef }),
  restores: store(RESOURCES.restores, { database: databaseRef, backup: ({ metadata, spec }) => [`${metadata.namespace}/${spec.backupRef.name}`] }),
  jobs: store(RESOURCES.jobs, { controller: controllerOf, database: databaseOf }),
  pods: store(RESOURCES.pods, { controller: controllerOf, database: databaseOf }),
  statefulSets: store(RESOURCES.statefulSets, { database: databaseOf }),
  services: store(RESOURCES.services, { database: databaseOf }),
  configMaps: store(RESOURCES.configMaps, { database: databaseOf }),
  claims: store(RESOURCES.claims, { database: databaseOf }),
  endpointSlices: store(RESOURCES.endpointSlices, { database: databaseOf }),
});

export type Caches = ReturnType<typeof createCaches>;
export type CachedResource = keyof Caches;

/** The label selector of a cached resource's list and watch. */
export const selectorOf = (resource: CachedResource): string | undefined => (['databases', 'backups', 'restores'].includes(resource) ? undefined : MANAGED);

function store<T extends { readonly metadata: ObjectMeta }>(_type: ResourceType<T>, indexes: Readonly<Record<string, (object: T) => readonly string[]>> = {}): Store<T> {
  return new Store<T>(indexes);
}
