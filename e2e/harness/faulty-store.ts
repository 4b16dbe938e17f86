// A proxy in front of a namespace's object store that spoils requests as it is told.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation, Rule } from '../faulty-proxy/proxy.ts';
import { productVersion } from '../images/catalogue.ts';
import type { Kubectl } from './kubectl.ts';
import { endpointOf, FAULTY_NAME, SERVER_SECRET, serviceFor, settingsSecret, STORE_PORT, type ObjectStore, type StoreSettings } from './object-store.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD, waitUntilReady } from './pods.ts';

export type { Fault, Operation, Rule } from '../faulty-proxy/proxy.ts';

const PROGRAM = join(import.meta.dirname, '..', 'faulty-proxy');
const CONTROL_PORT = 9001;
/** Any image with Node does: it runs the files of the program as they are. */
const IMAGE = `docker.io/postgres-operator/backup-runner:${productVersion()}`;

/** A running proxy. */
export interface FaultyStore {
  readonly settings: StoreSettings;
  /** Puts these rules in the place of the former ones and counts anew. None: everything passes. */
  obey(...rules: readonly Rule[]): Promise<void>;
  /** How many requests of a kind came since. */
  seen(operation: Operation): Promise<number>;
}

/** Starts the one proxy of a namespace, which speaks TLS if the store does, and makes a Secret that leads to it. */
export async function startFaultyStore(kubectl: Kubectl, store: ObjectStore, secret: string): Promise<FaultyStore> {
  const tls = store.settings.AWS_CA_BUNDLE !== undefined;
  const settings = { ...store.settings, AWS_ENDPOINT_URL_S3: endpointOf(kubectl, FAULTY_NAME, tls) };
  const items = [settingsSecret(secret, settings), program(), serviceFor(FAULTY_NAME), podFor(store.settings.AWS_ENDPOINT_URL_S3, tls)];
  await kubectl.apply({ apiVersion: 'v1', kind: 'List', items });
  await waitUntilReady(kubectl, FAULTY_NAME);
  const control = `/api/v1/namespaces/${kubectl.namespace}/pods/${FAULTY_NAME}:${CONTROL_PORT}/proxy/`;
  return {
    settings,
    obey: async (...rules) => void (await kubectl.send(['create', '--raw', control, '-f', '-'], { rules })),
    seen: async (operation) => Number(await kubectl('get', '--raw', `${control}${operation}`)),
  };
}

function program(): object {
  const files = readdirSync(PROGRAM).filter((file) => !file.endsWith('.test.ts'));
  const sources = files.map((file) => [file, readFileSync(join(PROGRAM, file), 'utf8')]);
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: FAULTY_NAME }, data: { 'package.json': '{"type":"module"}', ...Object.fromEntries(sources) } };
}

function podFor(store: string, tls: boolean): object {
  const container = {
    name: 'proxy',
    image: IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '/program/main.ts'],
    env: [
      { name: 'STORE_URL', value: store },
      { name: 'PORT', value: String(STORE_PORT) },
      { name: 'CONTROL_PORT', value: String(CONTROL_PORT) },
      ...(tls ? [{ name: 'NODE_EXTRA_CA_CERTS', value: '/tls/ca.crt' }] : []),
    ],
    readinessProbe: { tcpSocket: { port: CONTROL_PORT }, periodSeconds: 1 },
    securityContext: RESTRICTED_CONTAINER,
    volumeMounts: [{ name: 'program', mountPath: '/program' }, ...(tls ? [{ name: 'tls', mountPath: '/tls', readOnly: true }] : [])],
  };
  const volumes = [{ name: 'program', configMap: { name: FAULTY_NAME } }, ...(tls ? [{ name: 'tls', secret: { secretName: SERVER_SECRET } }] : [])];
  const spec = { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, securityContext: RESTRICTED_POD, containers: [container], volumes };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: FAULTY_NAME, labels: { app: FAULTY_NAME } }, spec };
}
