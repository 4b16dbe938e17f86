// Plays what a cluster does with the operator's children, as fast as the API server can: servers are ready at once,
// Services route at once, and a Job's pod ends well at once. So what is measured is the operator.
import { LABEL_CHECK, LABEL_DATABASE, LABEL_MANAGED_BY, MANAGED_BY, type CheckSucceeded, type DumpSucceeded } from '@postgres-operator/api';
import type { KubeClient, Writable } from '../../packages/controller/src/kube/client.ts';
import { RESOURCES, type Read, type ResourceType } from '../../packages/controller/src/kube/resources.ts';
import { Limiter } from '../../packages/controller/src/kube/limiter.ts';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';

export interface PlayedControllers {
  /** When the pod of a Backup's Job ended, on performance.now(), by the Backup's name. */
  readonly podEnded: Map<string, number>;
  stop(): void;
}

type Meta = Read<Job>['metadata'];
const never = new AbortController().signal;
const DIGEST = 'a'.repeat(64);
const NOW = '2026-01-01T00:00:00Z';

export const DUMP_RESULT: DumpSucceeded = {
  v: 1,
  outcome: 'succeeded',
  command: 'dump',
  location: 'pvc://claim/folder',
  bytes: 1,
  plainBytes: 1,
  sha256: DIGEST,
  manifestSha256: DIGEST,
  serverVersion: '14.0',
  clientVersion: '14.0',
  startedAt: NOW,
  finishedAt: NOW,
};

const CHECK_RESULT: CheckSucceeded = { v: 1, outcome: 'succeeded', command: 'check', findings: [], standbys: [], serverVersion: '14.0', systemIdentifier: '1', startedAt: NOW, finishedAt: NOW };

/** Starts playing; what fails because its object is gone is passed over. */
export function playControllers(kube: KubeClient): PlayedControllers {
  const stop = new AbortController();
  const podEnded = new Map<string, number>();
  const limiter = new Limiter(16);
  const follow = <T extends { metadata: Meta }>(resource: ResourceType<T>, play: (object: T) => Promise<void>): void => {
    void (async () => {
      const { resourceVersion } = await kube.list(resource, { labelSelector: `${LABEL_MANAGED_BY}=${MANAGED_BY}` }, stop.signal);
      let from = resourceVersion;
      while (!stop.signal.aborted) {
        for await (const event of kube.watch(resource, { labelSelector: `${LABEL_MANAGED_BY}=${MANAGED_BY}`, resourceVersion: from }, stop.signal)) {
          from = event.object.metadata.resourceVersion;
          if (event.type === 'ADDED') limiter.run(() => play(event.object)).catch((error: unknown) => console.error(`playing ${resource.kind}: ${String(error)}`));
        }
      }
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) console.error(`playing ${resource.kind}: ${String(error)}`);
    });
  };
  follow(RESOURCES.statefulSets, async (set) => {
    const { metadata } = set;
    const pod = podOf(set, `${metadata.name}-0`, 'postgres');
    await kube.create(RESOURCES.pods, pod, never);
    await kube.apply(RESOURCES.pods, withStatus('v1', 'Pod', pod.metadata, { phase: 'Running', containerStatuses: [containerOf('postgres', { running: { startedAt: NOW } })] }), { subresource: 'status', force: true }, never);
    const status = { observedGeneration: metadata.generation, replicas: 1, readyReplicas: 1, updatedReplicas: 1 };
    await kube.apply(RESOURCES.statefulSets, withStatus('apps/v1', 'StatefulSet', metadata, status), { subresource: 'status', force: true }, never);
  });
  follow(RESOURCES.services, async ({ metadata }) => {
    if (!metadata.name.endsWith('-headless')) await kube.create(RESOURCES.endpointSlices, endpointSlice(metadata), never);
  });
  follow(RESOURCES.jobs, async (job) => {
    const isCheck = job.metadata.labels?.[LABEL_CHECK] !== undefined;
    await kube.create(RESOURCES.pods, podOf(job, job.metadata.name, 'runner'), never);
    const status = { phase: 'Succeeded', containerStatuses: [containerOf('runner', ended(isCheck ? CHECK_RESULT : DUMP_RESULT))] };
    await kube.apply(RESOURCES.pods, withStatus('v1', 'Pod', job.metadata, status), { subresource: 'status', force: true }, never);
    if (!isCheck) podEnded.set(job.metadata.ownerReferences?.[0]?.name ?? '', performance.now());
  });
  return { podEnded, stop: () => stop.abort() };
}

const withStatus = (apiVersion: string, kind: string, { name, namespace }: Pick<Meta, 'name' | 'namespace'>, status: object): Writable => ({ ...{ status }, apiVersion, kind, metadata: { name, namespace } });

const containerOf = (name: string, state: object): object => ({ name, image: name, imageID: name, ready: 'running' in state, restartCount: 0, state });

const ended = (result: object): object => ({ terminated: { exitCode: 0, reason: 'Completed', message: JSON.stringify(result), startedAt: NOW, finishedAt: NOW } });

function endpointSlice({ name, namespace, labels }: Meta): Writable {
  const metadata = { name: `${name}-played`, namespace, labels: { ...labels, 'kubernetes.io/service-name': name } };
  return { ...{ addressType: 'IPv4', ports: [], endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true, serving: true } }] }, apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata };
}

/** A pod of a Job or StatefulSet. */
function podOf({ apiVersion, kind, metadata }: Read<Job> | Read<StatefulSet>, name: string, container: string): Writable {
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_DATABASE]: metadata.labels?.[LABEL_DATABASE] ?? '' };
  const spec = { restartPolicy: 'Never', containers: [{ name: container, image: container }] };
  return { ...{ spec }, apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: metadata.namespace, ...{ labels, ownerReferences: [owner] } } };
}
