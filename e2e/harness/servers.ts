// The servers of a Database, one by one.
import { expect } from 'vitest';
import type { KubeObject, Kubectl } from './kubectl.ts';
import { conditionOf, waitFor } from './story.ts';

/** Runs SQL inside the pod of a server, as the superuser over the local socket. */
export async function sqlIn(kubectl: Kubectl, pod: string, dbname: string, statement: string): Promise<string> {
  const text = await kubectl('exec', pod, '-c', 'postgres', '--', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', dbname, '-c', statement);
  return text.trim();
}

export const isReady = ({ status }: KubeObject): boolean => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;

/** Has the kubelet bring what changed in ConfigMaps and Secrets into pods now: it does so at any change of a pod, otherwise within two minutes. */
export async function refreshMounts(kubectl: Kubectl, ...pods: readonly string[]): Promise<void> {
  await kubectl('annotate', 'pod', ...pods, `test/refreshed=${Date.now()}`, '--overwrite');
}

/** Deletes the pod of a server, with its volume if that is wanted, and waits until its successor is ready. */
export async function replaceServer(kubectl: Kubectl, pod: string, withVolume: boolean): Promise<void> {
  const before = await kubectl.get('pod', pod);
  if (withVolume) await kubectl('delete', 'pvc', `data-${pod}`, '--wait=false');
  await kubectl('delete', 'pod', pod, '--wait=false');
  await waitFor(kubectl, `pod/${pod}`, { what: 'being replaced by one that is ready', wanted: (object) => object.metadata.uid !== before?.metadata.uid && isReady(object), seconds: 300 });
}

/** Waits until what is wanted of a Database now is what all its servers run. */
export async function waitUntilUpdated(kubectl: Kubectl, name: string): Promise<void> {
  const generation = (await kubectl.get('database', name))?.metadata.generation ?? 0;
  const isDone = (object: KubeObject): boolean => object.status?.phase === 'Ready' && Number(object.status['observedGeneration']) >= generation && conditionOf(object, 'Progressing')?.status === 'False';
  const { spec } = await waitFor(kubectl, `database/${name}`, { what: 'Ready', wanted: isDone, seconds: 300 });
  const set = await kubectl.get('statefulset', name);
  expect(set?.status).toMatchObject({ observedGeneration: set?.metadata.generation, readyReplicas: spec['replicas'], updatedReplicas: spec['replicas'] });
}

/** Names of the pods that a Service routes to. */
export async function routedTo(kubectl: Kubectl, service: string): Promise<string[]> {
  interface Slice {
    readonly endpoints: readonly { readonly conditions: { readonly ready?: boolean }; readonly targetRef?: { readonly name: string } }[] | null;
  }
  const slices = await kubectl.list<Slice>('endpointslice', `kubernetes.io/service-name=${service}`);
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions.ready === true)
    .map(({ targetRef }) => targetRef?.name ?? '')
    .sort();
}
