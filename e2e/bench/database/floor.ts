// What a Database is compared with: a StatefulSet of the same image and nothing else, one server that is looked at each second.

const FLOOR = 'floor';

const metadata = { name: FLOOR };
const labels = { app: FLOOR };

const container = (image: string): object => ({
  name: 'postgres',
  image,
  imagePullPolicy: 'IfNotPresent',
  env: [
    { name: 'POSTGRES_PASSWORD', value: 'floor' },
    { name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' },
  ],
  // Through TCP: while it makes its first files, the image's own script runs a server that has a socket only.
  readinessProbe: { exec: { command: ['pg_isready', '--host=127.0.0.1', '--username=postgres'] }, periodSeconds: 1 },
  volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql/data' }],
});

/** It needs one, and nobody waits for it. */
export const floorService = { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', selector: labels, ports: [{ port: 5432 }] } };

interface FloorServers {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** The floor itself. */
export const floorServers = (image: string): FloorServers => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata,
  spec: {
    serviceName: FLOOR,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { automountServiceAccountToken: false, containers: [container(image)] } },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
  },
});
