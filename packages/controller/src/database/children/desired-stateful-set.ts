// The StatefulSet of a Database. Selector, serviceName, podManagementPolicy, claim template and mount can never change.
import { ANNOTATION_RESTART, childNames, POSTGRES_PORT, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { stamped } from '../../reconcile/drift.ts';
import { childLabels, childMetadata, podLabels } from './metadata.ts';
import { restartHash } from '../parameters/restart.ts';
import { SERVER_CLAIM } from '../ordinals.ts';
import { majorVersion, POSTGRES_UID } from '../server/image.ts';
import { CONFIG_FOLDER, CREDENTIALS_FOLDER, dataDirectory, INTERNAL_FOLDER, SOCKET_FOLDER, TLS_FOLDER, VOLUME } from '../server/folders.ts';
import { stopSeconds } from '../server/stop-time.ts';

/** The container that is PostgreSQL. */
export const SERVER_CONTAINER = 'postgres';

/** What depends on the StatefulSet that is there. */
export interface Kept {
  /** Size in the claim template: StatefulSets never let it change. */
  readonly storageSize?: string;
  /** Servers for the time being. Absent: as many as the spec wants. */
  readonly replicas?: number;
  /** Pods from this ordinal on get the newest template; see `decideRollout`. Absent: all. */
  readonly partition?: number;
}

/** The StatefulSet that a Database wants. */
export function desiredStatefulSet(database: Database, kept?: Kept): Writable {
  const { name } = database.metadata;
  const names = childNames(name);
  const spec = {
    replicas: kept?.replicas ?? database.spec.replicas,
    serviceName: names.headlessService,
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: kept?.partition ?? 0 } },
    selector: { matchLabels: podLabels(name) },
    // The operator deletes volumes itself: whoever deletes a StatefulSet by hand, or scales it, must not lose data.
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    template: { metadata: { labels: { ...childLabels(name), ...podLabels(name) }, ...restartAnnotation(database) }, spec: podSpec(database) },
    volumeClaimTemplates: [claimTemplate(database, kept)],
  };
  return stamped({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: childMetadata(database, names.statefulSet), spec } as Writable);
}

/** Parameters that need a restart change the template, and so make a rolling update. */
function restartAnnotation({ spec }: Database): { annotations?: Record<string, string> } {
  const restart = restartHash(spec.parameters);
  return restart === undefined ? {} : { annotations: { [ANNOTATION_RESTART]: restart } };
}

/** Servers on different nodes, and in different zones, where there are enough; on the same where not. */
const spread = (name: string): object[] =>
  ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: podLabels(name) } }));

function claimTemplate({ metadata, spec: { storage } }: Database, kept?: Kept): object {
  const { storageClass } = storage;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: SERVER_CLAIM, labels: childLabels(metadata.name) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      ...(storageClass && { storageClassName: storageClass }),
      resources: { requests: { storage: kept?.storageSize ?? storage.size } },
    },
  };
}

const secretVolume = (name: string, secretName: string, keys: readonly string[]): object => ({
  name,
  secret: { secretName, defaultMode: 0o440, items: keys.map((key) => ({ key, path: key })) },
});

function podSpec(database: Database): object {
  const names = childNames(database.metadata.name);
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: stopSeconds(database.spec.parameters),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: POSTGRES_UID,
      runAsGroup: POSTGRES_UID,
      fsGroup: POSTGRES_UID,
      // Setting modes on every start would take minutes on a large volume, and break PGDATA's 0700.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: spread(database.metadata.name),
    containers: [container(database)],
    volumes: [
      { name: 'config', configMap: { name: names.config, defaultMode: 0o555 } },
      secretVolume('credentials', names.credentials, ['password']),
      secretVolume('internal', names.internal, ['password', 'backup-password', 'replication-password']),
      ...(database.spec.tls === undefined ? [] : [secretVolume('tls', database.spec.tls.secretName, ['tls.crt', 'tls.key'])]),
      { name: 'socket', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
      // The container runtime's own /dev/shm has 64 MB, too little for parallel queries.
      { name: 'shm', emptyDir: { medium: 'Memory' } },
    ],
  };
}

const script = (name: string): { command: string[] } => ({ command: ['bash', `${CONFIG_FOLDER}/${name}`] });

function container({ spec }: Database): object {
  return {
    name: SERVER_CONTAINER,
    image: spec.image,
    imagePullPolicy: 'IfNotPresent',
    // What a server that ends in failure said last stands in its pod's status, and from there in the Database's conditions.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...script('start.sh'),
    env: [{ name: 'PGDATA', value: dataDirectory(majorVersion(spec)) }],
    ports: [{ name: 'postgres', containerPort: POSTGRES_PORT, protocol: 'TCP' }],
    ...(spec.resources && { resources: spec.resources }),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    // Waits by itself, and is started again at once, so that Ready is not late; a day of patience and more, because a recovering server must not be killed.
    startupProbe: { exec: script('startup.sh'), timeoutSeconds: 10, periodSeconds: 1, failureThreshold: 86_400 },
    readinessProbe: { exec: script('ready.sh'), timeoutSeconds: 10, periodSeconds: 5, failureThreshold: 3 },
    lifecycle: { preStop: { exec: script('stop.sh') } },
    volumeMounts: [
      { name: SERVER_CLAIM, mountPath: VOLUME },
      { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
      { name: 'credentials', mountPath: CREDENTIALS_FOLDER, readOnly: true },
      { name: 'internal', mountPath: INTERNAL_FOLDER, readOnly: true },
      ...(spec.tls === undefined ? [] : [{ name: 'tls', mountPath: TLS_FOLDER, readOnly: true }]),
      { name: 'socket', mountPath: SOCKET_FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'shm', mountPath: '/dev/shm' },
    ],
  };
}
