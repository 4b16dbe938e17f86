// Small builders of the objects that tests speak of, as the API server returns them.
import { API_VERSION, LABEL_MANAGED_BY, MANAGED_BY, RUN_REQUEST_VARIABLE, type Backup, type BackupStatus, type Condition, type Database, type DatabaseStatus, type ObjectMeta, type Restore, type RestoreStatus } from '@postgres-operator/api';
import type { Job } from '../src/download/runner.ts';
import type { Pod } from '../src/status/servers.ts';

/** The moment at which tests look. */
export const NOW = Date.parse('2026-01-02T03:04:05Z');

interface Parts<Spec, Status> {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<Spec>;
  readonly status?: Status;
}

const metadata = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({ name, namespace: 'demo', uid: `uid-of-${more.name ?? name}`, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-02T03:00:00Z', ...more });

/** A Database `shop`. */
export const aDatabase = ({ metadata: more, spec, status }: Parts<Database['spec'], DatabaseStatus> = {}): Database => ({
  apiVersion: API_VERSION,
  kind: 'Database',
  metadata: metadata('shop', more),
  spec: { image: 'postgres:14', replicas: 1, databaseName: 'shop', username: 'app', storage: { size: '1Gi' }, deletionPolicy: 'Retain', finalBackup: false, ...spec },
  ...(status && { status: { observedGeneration: 1, ...status } }),
});

/** A Backup `monday` of Database `shop`. */
export const aBackup = ({ metadata: more, spec, status }: Parts<Backup['spec'], BackupStatus> = {}): Backup => ({
  apiVersion: API_VERSION,
  kind: 'Backup',
  metadata: metadata('monday', more),
  spec: { databaseRef: { name: 'shop' }, source: 'Primary', lockTimeout: '5m', backoffLimit: 3, stallTimeoutSeconds: 1800, retention: 5, deletionPolicy: 'Retain', activeDeadlineSeconds: 3600, ...spec },
  ...(status && { status: { observedGeneration: 1, ...status } }),
});

/** A Restore `undo` of it. */
export const aRestore = ({ metadata: more, spec, status }: Parts<Restore['spec'], RestoreStatus> = {}): Restore => ({
  apiVersion: API_VERSION,
  kind: 'Restore',
  metadata: metadata('undo', more),
  spec: { databaseRef: { name: 'shop' }, backupRef: { name: 'monday' }, mode: 'Swap', keepPrevious: '24h', preserveOwners: false, jobs: 1, activeDeadlineSeconds: 3600, ...spec },
  ...(status && { status: { observedGeneration: 1, ...status } }),
});

export const condition = (type: string, status: Condition['status'], reason: string, message = `why ${reason}`): Condition => ({ type, status, reason, message, lastTransitionTime: '2026-01-02T03:00:00Z' });

/** A pod of the StatefulSet of Database `shop`. */
export const aPod = (ordinal: number, status: Pod['status'], more: Partial<ObjectMeta> = {}): Pod => ({
  metadata: metadata(`shop-${ordinal}`, { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'shop', uid: 'set' }], ...more }),
  spec: { nodeName: 'node-1', containers: [] },
  ...(status && { status }),
});
export const POD_READY: NonNullable<Pod['status']> = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

/** A Job of the operator with a runner, and the Secret with the keys that it has. */
export const aRunnerJob = ({ metadata: more, image = 'runner:1', secret }: { readonly metadata?: Partial<ObjectMeta>; readonly image?: string; readonly secret?: string } = {}): Job => ({
  metadata: metadata('monday-1', { labels: { [LABEL_MANAGED_BY]: MANAGED_BY }, ownerReferences: [{ apiVersion: API_VERSION, kind: 'Backup', name: 'monday', uid: 'uid-of-monday' }], ...more }),
  spec: {
    template: {
      spec: {
        containers: [{ name: 'runner', image, env: [{ name: RUN_REQUEST_VARIABLE, value: '{}' }] }],
        volumes: secret === undefined ? [] : [{ name: 'credentials', projected: { sources: [{ secret: { name: secret, items: [{ key: 'AWS_REGION', path: 'storage/AWS_REGION' }] } }] } }],
      },
    },
  },
});
