// The stores that observations read, and their indexes. All kinds but our own are limited to what the operator created.
import { ConditionType, controllerOf, isScheduled, isTerminalPhase, isTrue, LABEL_DATABASE, LABEL_MANAGED_BY, LABEL_SCHEDULE_UID, MANAGED_BY, type Backup, type ObjectMeta, type Restore } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import { OWN_KINDS, RESOURCES, type Read, type ResourceType } from '../kube/resources.ts';
import { Store, type Projection } from '../runtime/store.ts';

const MANAGED = `${LABEL_MANAGED_BY}=${MANAGED_BY}`;

type Labelled = { readonly metadata: Pick<ObjectMeta, 'namespace' | 'labels' | 'ownerReferences'> };

const databaseOf = ({ metadata }: Labelled): string[] => {
  const database = metadata.labels?.[LABEL_DATABASE];
  return database === undefined ? [] : [`${metadata.namespace}/${database}`];
};
const controllerUid = (child: Labelled): string[] => {
  const uid = controllerOf(child)?.uid;
  return uid === undefined ? [] : [uid];
};
/** A run is only looked for by others while something is to be done for it: a Database collects thousands of others. */
const openRun =
  <T extends Backup | Restore>(reference: (spec: T['spec']) => string | undefined) =>
  ({ metadata, spec, status }: T): string[] => {
    const name = reference(spec);
    const isOver = isTerminalPhase(status?.phase) && !isTrue(status?.conditions, ConditionType.PreviousKept) && metadata.deletionTimestamp === undefined;
    // A schedule runs nothing itself.
    return name === undefined || isOver || ('schedule' in spec && isScheduled(spec)) ? [] : [`${metadata.namespace}/${name}`];
  };
const labelled =
  (label: string) =>
  ({ metadata }: Labelled): string[] => {
    const value = metadata.labels?.[label];
    return value === undefined ? [] : [value];
  };

/** Lets go of what no observation uses: who wrote which field, and kubectl's copy of the manifest. */
function slim<T extends { readonly metadata: ObjectMeta }>(object: T): T {
  const metadata = without(object.metadata, 'managedFields');
  const annotations = without(metadata.annotations ?? {}, 'kubectl.kubernetes.io/last-applied-configuration');
  return { ...object, metadata: { ...metadata, ...(metadata.annotations && { annotations }) } };
}

const without = <T extends object>(object: T, key: string): T => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as T;

/** Pods are only ever asked how they are. */
const withoutSpec = <T extends object>(object: T): T => without(object, 'spec');

/** Of what a Job was made from only its deadline is looked at again, to name it. */
const slimJob = (job: Read<Job>): Read<Job> => {
  const { activeDeadlineSeconds, template } = job.spec ?? {};
  if (activeDeadlineSeconds === undefined || template === undefined) return withoutSpec(job);
  return { ...job, spec: { activeDeadlineSeconds, template: {} } };
};

/** Makes the stores, empty. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the type is this very object's
export const createCaches = () => ({
  databases: store(RESOURCES.databases, { backup: ({ metadata, spec, status }) => (spec.backupRef === undefined || status?.clonedFrom !== undefined ? [] : [`${metadata.namespace}/${spec.backupRef.name}`]) }),
  backups: store(RESOURCES.backups, {
    database: openRun(({ databaseRef }) => databaseRef.name),
    // Backups by the UID of the schedule that created them, and schedules by their Database.
    schedule: labelled(LABEL_SCHEDULE_UID),
    // What a Restore could restore, by Database.
    completedOf: ({ metadata, spec, status }) => (status?.phase === 'Completed' && !isScheduled(spec) ? [`${metadata.namespace}/${spec.databaseRef.name}`] : []),
    scheduleOf: ({ metadata, spec }) => (isScheduled(spec) ? [`${metadata.namespace}/${spec.databaseRef.name}`] : []),
  }),
  restores: store(RESOURCES.restores, { database: openRun(({ databaseRef }) => databaseRef.name), backup: openRun(({ backupRef }) => backupRef?.name), previousOf: ({ metadata, spec }) => (spec.source?.previousOf === undefined ? [] : [`${metadata.namespace}/${spec.source.previousOf}`]) }),
  jobs: store(RESOURCES.jobs, { controller: controllerUid, database: databaseOf }, slimJob),
  pods: store(RESOURCES.pods, { controller: controllerUid, database: databaseOf }, withoutSpec),
  statefulSets: store(RESOURCES.statefulSets, { database: databaseOf }),
  services: store(RESOURCES.services, { database: databaseOf }),
  configMaps: store(RESOURCES.configMaps, { database: databaseOf }),
  claims: store(RESOURCES.claims, { database: databaseOf }),
  disruptionBudgets: store(RESOURCES.disruptionBudgets),
  endpointSlices: store(RESOURCES.endpointSlices, { database: databaseOf }),
});

export type Caches = ReturnType<typeof createCaches>;
export type CachedResource = keyof Caches;

/** The label selector of a cached resource's list and watch. */
export const selectorOf = (resource: CachedResource): string | undefined => (OWN_KINDS.some((own) => own === resource) ? undefined : MANAGED);

type Indexes<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

function store<T extends { readonly metadata: ObjectMeta }>(_type: ResourceType<T>, indexes: Indexes<T> = {}, project: Projection<T> = (object) => object): Store<T> {
  return new Store<T>(indexes, (object) => slim(project(object)));
}
