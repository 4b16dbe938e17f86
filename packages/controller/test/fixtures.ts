// Small builders of the objects that tests speak of. Every field that a test does not name has a plain, valid value.
import {
  API_VERSION,
  controllerReference,
  DATABASE_FINALIZER,
  LABEL_DATABASE,
  LABEL_MANAGED_BY,
  MANAGED_BY,
  type Backup,
  type BackupSpec,
  type BackupStatus,
  type Database,
  type DatabaseSpec,
  type DatabaseStatus,
  type ObjectMeta,
  type Restore,
  type RestoreSpec,
  type RestoreStatus,
  type Upgrade,
} from '@postgres-operator/api';
import type { Job, JobCondition } from 'kubernetes-types/batch/v1.d.ts';
import type { ContainerState, Pod, PodStatus } from 'kubernetes-types/core/v1.d.ts';
import type { Config } from '../src/config.ts';
import type { Writable } from '../src/kube/client.ts';
import { RESOURCES, type Read, type ResourceType } from '../src/kube/resources.ts';
import { jobName, type RunObject } from '../src/run/desired-job.ts';

export type AJob = Read<Job>;
export type APod = Read<Pod>;

/** The moment at which most tests look. */
export const NOW = '2026-01-02T03:04:05Z';

export const CONFIG: Config = {
  runnerImage: 'registry.test/backup-runner:1.2.3',
  runnerImagePullPolicy: 'IfNotPresent',
  runnerImagePullSecrets: [],
  watchNamespaces: [],
  defaultStorageLocation: '',
  defaultCredentialsSecret: '',
  defaultClaimSize: '',
  allowedExtensions: [],
  operatorVersion: '1.2.3',
  logLevel: 'info',
  metricsPort: 8080,
  metricsCertificateFolder: '',
  healthPort: 8081,
  workers: 2,
  instance: 'controller-0',
};

interface Parts<Spec, Status> {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<Spec>;
  readonly status?: Status;
}

const uidOf = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-000000000000`;

const metadata = (name: string, uid: string): ObjectMeta => ({
  name,
  namespace: 'shop',
  uid,
  resourceVersion: '100',
  generation: 1,
  creationTimestamp: '2026-01-02T03:00:00Z',
});

/** A Database `orders` that has its finalizer. */
export const aDatabase = (parts: Parts<DatabaseSpec, DatabaseStatus> = {}): Database => ({
  apiVersion: API_VERSION,
  kind: 'Database',
  metadata: { ...metadata('orders', uidOf('d')), finalizers: [DATABASE_FINALIZER], ...parts.metadata },
  spec: { image: 'postgres:14', replicas: 1, databaseName: 'orders', username: 'clerk', storage: { size: '1Gi' }, deletionPolicy: 'Retain', finalBackup: false, ...parts.spec },
  ...(parts.status && { status: parts.status }),
});

export const READY: DatabaseStatus = { phase: 'Ready', ready: true };

/** An upgrade from 14 to 15 that has begun. */
export const anUpgrade = (parts: Partial<Upgrade> = {}): Upgrade => ({
  from: { image: 'postgres:14', major: 14 },
  to: { image: 'postgres:15', major: 15 },
  step: 'Checking',
  stepStartedAt: NOW,
  attempt: 1,
  generation: 1,
  startedAt: NOW,
  ...parts,
});

/** The fields of a Backup that the API server fills in. */
export const BACKUP_DEFAULTS = { source: 'Primary', lockTimeout: '5m', backoffLimit: 0, stallTimeoutSeconds: 1800, retention: 5, deletionPolicy: 'Retain', activeDeadlineSeconds: 3600 } as const;

/** The fields of a Restore that the API server fills in. */
export const RESTORE_DEFAULTS = { mode: 'Swap', keepPrevious: '24h', preserveOwners: false, jobs: 2, activeDeadlineSeconds: 3600 } as const;

/** A Backup `nightly` of Database `orders`. */
export const aBackup = (parts: Parts<BackupSpec, BackupStatus> = {}): Backup => ({
  apiVersion: API_VERSION,
  kind: 'Backup',
  metadata: { ...metadata('nightly', uidOf('b')), ...parts.metadata },
  spec: { databaseRef: { name: 'orders' }, ...BACKUP_DEFAULTS, ...parts.spec },
  ...(parts.status && { status: parts.status }),
});

/** The status of a Backup that was completed. */
export const COMPLETED_BACKUP: BackupStatus = {
  phase: 'Completed',
  backupLocation: 'pvc://orders-backups/shop/orders/nightly-bbbbbbbb',
  manifestSha256: 'c'.repeat(64),
  observedGeneration: 1,
};

/** A Restore `undo` of Backup `nightly` into Database `orders`. */
export const aRestore = (parts: Parts<RestoreSpec, RestoreStatus> = {}): Restore => ({
  apiVersion: API_VERSION,
  kind: 'Restore',
  metadata: { ...metadata('undo', uidOf('e')), ...parts.metadata },
  spec: { databaseRef: { name: 'orders' }, backupRef: { name: 'nightly' }, ...RESTORE_DEFAULTS, ...parts.spec },
  ...(parts.status && { status: parts.status }),
});

const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_DATABASE]: 'orders' };

export interface JobParts {
  readonly owner?: RunObject;
  readonly uid?: string;
  readonly metadata?: Partial<ObjectMeta>;
  readonly conditions?: readonly Pick<JobCondition, 'type' | 'reason' | 'message'>[];
}

/** The Job of a run, unfinished unless `conditions` say how it ended. */
export const aJob = ({ owner = aBackup(), uid = uidOf('a'), metadata: more, conditions = [] }: JobParts = {}): AJob => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { ...metadata(jobName(owner), uid), creationTimestamp: '2026-01-02T03:03:00Z', labels, ownerReferences: [controllerReference(owner)], ...more },
  spec: { activeDeadlineSeconds: 3600, template: {} },
  status: { conditions: conditions.map((condition) => ({ ...condition, status: 'True' })) },
});

export interface PodParts {
  readonly job?: AJob;
  readonly metadata?: Partial<ObjectMeta>;
  readonly state?: ContainerState;
  readonly status?: Partial<PodStatus>;
}

/** The pod of a Job, with its one container in the given state. */
export const aPod = ({ job = aJob(), metadata: more, state, status }: PodParts = {}): APod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...metadata(`${job.metadata.name}-x7k2p`, uidOf('f')),
    labels,
    ownerReferences: [controllerReference({ apiVersion: 'batch/v1', kind: 'Job', metadata: job.metadata })],
    ...more,
  },
  status: { ...(state && { containerStatuses: [{ name: 'runner', image: '', imageID: '', ready: false, restartCount: 0, state }] }), ...status },
});

/** The state of a container that has ended. */
export const ended = (exitCode: number, message?: object | string, reason = exitCode === 0 ? 'Completed' : 'Error'): ContainerState => ({
  terminated: { exitCode, reason, ...(message !== undefined && { message: typeof message === 'string' ? message : JSON.stringify(message) }) },
});

/** What a runner reports of a dump that succeeded. */
export const DUMPED = {
  v: 1,
  outcome: 'succeeded',
  command: 'dump',
  location: 'pvc://orders-backups/shop/orders/nightly-bbbbbbbb',
  bytes: 1234,
  plainBytes: 5678,
  sha256: 'a'.repeat(64),
  manifestSha256: 'c'.repeat(64),
  serverVersion: '14.12',
  clientVersion: '14.12',
  startedAt: '2026-01-02T03:03:10Z',
  finishedAt: '2026-01-02T03:03:20Z',
} as const;

/** What a runner reports of a restore that succeeded. */
export const RESTORED = {
  v: 1,
  outcome: 'succeeded',
  command: 'restore',
  bytes: 1234,
  outageMilliseconds: 87,
  startedAt: '2026-01-02T03:03:10Z',
  finishedAt: '2026-01-02T03:03:20Z',
} as const;

/** A wanted child as the API server returns it: with UID, version and generation. */
export function live<T extends { readonly metadata: ObjectMeta }>(_resource: ResourceType<T>, object: Writable, more: object = {}): T {
  const found = { ...object, metadata: { ...metadata(object.metadata.name, uidOf('9')), ...object.metadata }, ...more };
  return found as object as T;
}

export { RESOURCES };
