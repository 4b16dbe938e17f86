// The one node of a cluster that has none: pods are bound to it, say what a test wants them to say, and go when they are deleted.
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL_CHECK } from '@postgres-operator/api';
import type { ContainerState } from 'kubernetes-types/core/v1.d.ts';
import { vi } from 'vitest';
import type { KubeClient, Writable } from '../src/kube/client.ts';
import { isNotFound } from '../src/kube/errors.ts';
import { RESOURCES, type ResourceType } from '../src/kube/resources.ts';
import { ExpiredError, type WatchEvent } from '../src/runtime/reflector.ts';
import type { ApiServer } from './api-server.ts';
import { CHECKED } from './database-world.ts';
import { ended, type APod } from './fixtures.ts';

const NODE = 'node';
const LEASES: ResourceType<object> = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' };
/** Without a heartbeat, the node and its pods are taken for lost after 50 s. */
const HEARTBEAT_MS = 10_000;

export interface Kubelet {
  /** The one pod of a Job or StatefulSet is in this state from now on. */
  play(owner: string, state: ContainerState): Promise<void>;
  stop(): Promise<void>;
}

const seconds = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

export async function startKubelet({ kubectl }: Pick<ApiServer, 'kubectl'>, kube: KubeClient): Promise<Kubelet> {
  const stop = new AbortController();
  await kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
  const ready = { status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: seconds(), lastTransitionTime: seconds() }] } };
  await kubectl(['patch', 'node', NODE, '--subresource=status', '--type=merge', '--patch', JSON.stringify(ready)]);
  const beat = (): Promise<object> => kube.apply(LEASES, lease(), { force: true }, stop.signal);
  await beat();
  const timer = setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS);
  const { resourceVersion } = await kube.list(RESOURCES.pods, {}, stop.signal);
  const removing = live({ kubectl }, kube, { resourceVersion, signal: stop.signal });
  return {
    play: async (owner, state) => play({ kubectl }, kube, { pod: await podOf(kube, owner), state }),
    async stop() {
      clearInterval(timer);
      stop.abort();
      await removing;
    },
  };
}

function lease(): Writable {
  const spec = { holderIdentity: NODE, leaseDurationSeconds: 40, renewTime: new Date().toISOString().replace('Z', '000Z') };
  return { ...{ spec }, apiVersion: LEASES.apiVersion, kind: LEASES.kind, metadata: { name: NODE, namespace: 'kube-node-lease' } };
}

/** A pod with a node stays until its kubelet has stopped it. Consistency checks pass without being told: no test is about them. */
async function live({ kubectl }: Pick<ApiServer, 'kubectl'>, kube: KubeClient, { resourceVersion, signal }: { resourceVersion: string; signal: AbortSignal }): Promise<void> {
  let from = resourceVersion;
  try {
    // The server ends each watch after half a minute.
    while (!signal.aborted) {
      for await (const event of eventsAfter(kube, from, signal)) {
        from = event.object.metadata.resourceVersion;
        await answer({ kubectl }, kube, event, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** A connection that breaks is no end: another one goes on from there. */
async function* eventsAfter(kube: KubeClient, resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent<APod>> {
  try {
    yield* kube.watch(RESOURCES.pods, { labelSelector: undefined, resourceVersion }, signal);
  } catch (error) {
    if (error instanceof ExpiredError) throw error;
    await sleep(100, undefined, { signal });
  }
}

async function answer({ kubectl }: Pick<ApiServer, 'kubectl'>, kube: KubeClient, { type, object }: WatchEvent<APod>, signal: AbortSignal): Promise<void> {
  // One that was deleted meanwhile is no matter.
  if (type === 'ADDED' && object.metadata.labels?.[LABEL_CHECK] !== undefined) await play({ kubectl }, kube, { pod: object, state: ended(0, CHECKED) }).catch(() => undefined);
  if (type === 'MODIFIED' && object.metadata.deletionTimestamp !== undefined) await remove({ kubectl }, kube, object, signal);
}

async function remove({ kubectl }: Pick<ApiServer, 'kubectl'>, kube: KubeClient, pod: APod, signal: AbortSignal): Promise<void> {
  // The Job controller believes that a pod has ended only when it says so.
  await kube.apply(RESOURCES.pods, withStatus(pod, { phase: 'Failed' }), { subresource: 'status', force: true }, signal).catch(ignoreGone);
  await kubectl(['delete', 'pod', pod.metadata.name, '--force', '--grace-period=0', '--wait=false', '--ignore-not-found']);
}

/** The one pod of a Job or StatefulSet, when its controller has made it. */
const podOf = (kube: KubeClient, owner: string): Promise<APod> =>
  vi.waitFor(
    async () => {
      const { items } = await kube.list(RESOURCES.pods, {}, new AbortController().signal);
      const pods = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined && metadata.ownerReferences?.some(({ name }) => name === owner));
      const [pod] = pods;
      if (pod === undefined || pods.length > 1) throw new Error(`${owner} has ${pods.length} pods`);
      return pod;
    },
    { timeout: 90_000, interval: 50 },
  );

async function play({ kubectl }: Pick<ApiServer, 'kubectl'>, kube: KubeClient, { pod, state }: { pod: APod; state: ContainerState }): Promise<void> {
  const { name, namespace } = pod.metadata;
  if (pod.spec?.nodeName === undefined) {
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { apiVersion: 'v1', kind: 'Node', name: NODE } };
    await kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, '-f', '-'], binding);
  }
  const ready = state.running !== undefined;
  const conditions = ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: ready ? 'True' : 'False', lastTransitionTime: seconds() }));
  const [container] = pod.spec?.containers ?? [];
  const containerStatuses = [{ name: container?.name, image: container?.image, imageID: 'test', ready, started: ready, restartCount: 0, state }];
  const status = { phase: phaseOf(state), podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }], conditions, containerStatuses };
  await kube.apply(RESOURCES.pods, withStatus(pod, status), { subresource: 'status', force: true }, new AbortController().signal);
}

const withStatus = ({ metadata: { name, namespace } }: APod, status: object): Writable => ({ ...{ status }, apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } });

const ignoreGone = (error: unknown): void => {
  if (!isNotFound(error)) throw error;
};

function phaseOf({ terminated }: ContainerState): string {
  if (terminated === undefined) return 'Running';
  return terminated.exitCode === 0 ? 'Succeeded' : 'Failed';
}
