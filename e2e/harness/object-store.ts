// A real S3 server in a namespace, and the Secret for those who use it.
import { randomBytes } from 'node:crypto';
import { createServerPki, type ServerPki } from '../cluster/pki.ts';
import { OBJECT_STORE_IMAGE } from '../images/object-store.ts';
import type { Kubectl } from './kubectl.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD, waitUntilReady } from './pods.ts';
import { lookInto, type StoredObjects } from './stored-objects.ts';

/** Name of the store's Service and pod. */
const NAME = 'object-store';
/** Of the proxy in faulty-store.ts: the certificate is good for both. */
export const FAULTY_NAME = 'faulty-store';
/** Holds what the servers themselves need. */
export const SERVER_SECRET = 'object-store-server';
export const STORE_PORT = 9000;
const DATA = '/data';

/** The content of a Secret for an object store, by the names of AWS's own tools. */
export interface StoreSettings {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_REGION: string;
  readonly AWS_ENDPOINT_URL_S3: string;
  /** PEM, not a path. Where the store speaks TLS. */
  readonly AWS_CA_BUNDLE?: string;
}

export interface ObjectStoreOptions {
  /** Name of the Secret that is made. */
  readonly secret: string;
  readonly buckets: readonly string[];
  /** Random if not given. */
  readonly accessKey?: { readonly id: string; readonly secret: string };
  /** Whether it speaks TLS, with a certificate of a CA that only the Secret knows; otherwise plain HTTP. Default: true. */
  readonly tls?: boolean;
}

/** A running store, and what is in it. */
export interface ObjectStore extends StoredObjects {
  readonly settings: StoreSettings;
  /** Lets nobody reach it any more, or everybody again: connections are refused meanwhile. */
  setReachable(isReachable: boolean): Promise<void>;
}

/** Starts the one store of a namespace, and waits until it answers. What it stores is gone with its pod. */
export async function startObjectStore(kubectl: Kubectl, { secret, buckets, accessKey = randomKey(), tls = true }: ObjectStoreOptions): Promise<ObjectStore> {
  const pki = tls ? await createServerPki([NAME, FAULTY_NAME].map((name) => hostOf(kubectl, name))) : undefined;
  const settings: StoreSettings = {
    AWS_ACCESS_KEY_ID: accessKey.id,
    AWS_SECRET_ACCESS_KEY: accessKey.secret,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: endpointOf(kubectl, NAME, tls),
    ...(pki !== undefined && { AWS_CA_BUNDLE: pki.ca }),
  };
  const items = [settingsSecret(secret, settings), serverSecret(accessKey, pki), serviceFor(NAME), podFor(buckets, tls)];
  await kubectl.apply({ apiVersion: 'v1', kind: 'List', items });
  await waitUntilReady(kubectl, NAME);
  return { settings, setReachable: async (isReachable) => void (await kubectl.apply(serviceFor(NAME, isReachable ? NAME : 'nobody'))), ...lookInto(kubectl, NAME) };
}

/** A Secret to be named by a storage location; with other settings, one that is wrong on purpose. */
export const settingsSecret = (name: string, settings: Partial<StoreSettings>): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: settings });

/** The Service in front of a pod, of the same name unless told otherwise. */
export const serviceFor = (name: string, app = name): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app }, ports: [{ port: STORE_PORT }] } });

/** Where pods reach a Service of the namespace. */
export const endpointOf = (kubectl: Kubectl, name: string, tls: boolean): string => `${tls ? 'https' : 'http'}://${hostOf(kubectl, name)}:${STORE_PORT}`;

const hostOf = (kubectl: Kubectl, name: string): string => `${name}.${kubectl.namespace}.svc.cluster.local`;

const randomKey = (): { id: string; secret: string } => ({ id: `key-${randomBytes(6).toString('hex')}`, secret: randomBytes(18).toString('base64url') });

function serverSecret({ id, secret }: { id: string; secret: string }, pki: ServerPki | undefined): object {
  const certificate = pki === undefined ? {} : { 'tls.crt': pki.cert, 'tls.key': pki.key, 'ca.crt': pki.ca };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: SERVER_SECRET }, stringData: { id, secret, ...certificate } };
}

function podFor(buckets: readonly string[], tls: boolean): object {
  // Each folder is a bucket. Sidecar: not every file system of a node keeps extended attributes.
  const start = 'mkdir -p attributes && for bucket in $BUCKETS; do mkdir -p "objects/$bucket"; done && exec versitygw "$@"';
  const certificate = tls ? ['--cert', '/tls/tls.crt', '--key', '/tls/tls.key'] : [];
  const args = ['--port', `:${STORE_PORT}`, '--quiet', '--health', '/healthz', ...certificate, 'posix', '--sidecar', `${DATA}/attributes`, `${DATA}/objects`];
  const key = (name: string, from: string): object => ({ name, valueFrom: { secretKeyRef: { name: SERVER_SECRET, key: from } } });
  const container = {
    name: 'versitygw',
    image: OBJECT_STORE_IMAGE.name,
    imagePullPolicy: 'IfNotPresent',
    command: ['bash', '-ec', start, 'versitygw', ...args],
    workingDir: DATA,
    env: [{ name: 'BUCKETS', value: buckets.join(' ') }, key('ROOT_ACCESS_KEY', 'id'), key('ROOT_SECRET_KEY', 'secret')],
    readinessProbe: { httpGet: { path: '/healthz', port: STORE_PORT, scheme: tls ? 'HTTPS' : 'HTTP' }, periodSeconds: 1 },
    securityContext: RESTRICTED_CONTAINER,
    volumeMounts: [{ name: 'data', mountPath: DATA }, ...(tls ? [{ name: 'tls', mountPath: '/tls', readOnly: true }] : [])],
  };
  const volumes = [{ name: 'data', emptyDir: {} }, ...(tls ? [{ name: 'tls', secret: { secretName: SERVER_SECRET } }] : [])];
  const spec = { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, securityContext: RESTRICTED_POD, containers: [container], volumes };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: NAME, labels: { app: NAME } }, spec };
}
