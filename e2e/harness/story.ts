// What every story starts with: a namespace of its own, in which Pod Security "restricted" is enforced.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { keepEvidence } from './evidence.ts';
import { kubectlFor, type KubeObject, type Kubectl } from './kubectl.ts';

/** Makes a namespace for the stories of a file, and removes it with all that is in it when they are told. */
export function storyNamespace(title: string): Kubectl {
  const namespace = `${title}-${randomBytes(3).toString('hex')}`;
  const kubectl = kubectlFor(inject('cluster'), namespace);
  beforeAll(async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'latest' };
    await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
    // Without it no pod is let in, and pods of the harness are created by hand.
    await kubectl('wait', 'serviceaccount/default', '--for=create', '--timeout=120s');
  });
  afterAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=280s');
  });
  keepEvidence(kubectl);
  return kubectl;
}

const API_VERSION = 'database.example.com/v1';

/** A manifest of one of our kinds. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

export const database = (name: string, spec: Record<string, unknown> = {}): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'Database',
  metadata: { name },
  spec: { image: 'postgres:14', databaseName: 'shop', username: 'app', storage: { size: '1Gi' }, ...spec },
});

export const backup = (name: string, databaseName: string, spec: Record<string, unknown> = {}): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'Backup',
  metadata: { name },
  spec: { databaseRef: { name: databaseName }, ...spec },
});

export const restore = (name: string, databaseName: string, backupName: string, spec: Record<string, unknown> = {}): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'Restore',
  metadata: { name },
  spec: { databaseRef: { name: databaseName }, backupRef: { name: backupName }, ...spec },
});

/** Only what never comes takes this long; a machine at work on much else may take half of it for what is there in seconds. */
const WAIT_SECONDS = 240;

/** Waits until an object is in a phase; the error shows the status it had instead. */
export async function waitForPhase(kubectl: Kubectl, resource: string, phase: string, seconds = WAIT_SECONDS): Promise<KubeObject> {
  return waitFor(kubectl, resource, { what: `phase ${phase}`, wanted: (object) => object.status?.phase === phase, seconds });
}

export interface Wait {
  /** For the error: what was waited for. */
  readonly what: string;
  readonly wanted: (object: KubeObject) => boolean;
  readonly seconds?: number;
}

/** Waits until an object is as wanted, looking several times a second; the error shows what it was instead. */
export async function waitFor(kubectl: Kubectl, resource: string, { what, wanted, seconds = WAIT_SECONDS }: Wait): Promise<KubeObject> {
  const [kind = '', name = ''] = resource.split('/');
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const object = await kubectl.get(kind, name);
    if (object !== undefined && wanted(object)) return object;
    if (Date.now() > deadline) throw new Error(`${resource} did not come to ${what} in ${seconds} s: ${JSON.stringify(object?.status ?? 'it does not exist')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The condition of a type. */
export const conditionOf = (object: KubeObject | undefined, type: string): { status: string; reason: string; message: string } | undefined =>
  object?.status?.conditions?.find((condition) => condition.type === type);

/** Applies a manifest and waits for a phase of it: that of an earlier manifest under its name does not count. */
export async function applyAndWait(kubectl: Kubectl, manifest: Manifest, phase: string): Promise<KubeObject> {
  await kubectl.apply(manifest);
  const isThere = ({ metadata, status }: KubeObject): boolean => status?.phase === phase && Number(status['observedGeneration']) >= metadata.generation;
  return waitFor(kubectl, `${manifest.kind.toLowerCase()}/${manifest.metadata.name}`, { what: `phase ${phase}`, wanted: isThere });
}
