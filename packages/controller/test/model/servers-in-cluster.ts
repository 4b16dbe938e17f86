// The StatefulSet controller, the kubelet and the EndpointSlice controller, as far as the servers of Databases go.
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { controllerOf, controllerReference } from '@postgres-operator/api';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Pod, Service } from 'kubernetes-types/core/v1.d.ts';
import { RESOURCES, type Read } from '../../src/kube/resources.ts';
import { SERVER_CONTAINER } from '../../src/database/children/desired-stateful-set.ts';
import type { Step } from './dice.ts';
import type { ModelApi } from './model-api.ts';
import { isDeleting, NAMESPACE } from './objects.ts';
import { isCheck, isRunPod } from './runs-in-cluster.ts';

type Set = Read<StatefulSet>;
type APod = Read<Pod>;

/** The steps that are possible: servers come up and go down as they are told. */
export function serverSteps(api: ModelApi): Step[] {
  const pods = api.all(RESOURCES.pods).filter(isServer);
  return [...api.all(RESOURCES.statefulSets).flatMap((set) => setSteps(api, set, pods)), ...pods.flatMap((pod) => podSteps(api, pod)), ...api.all(RESOURCES.services).flatMap((service) => sliceSteps(api, service, pods))];
}

const isServer = (pod: APod): boolean => !isRunPod(pod) && !isCheck(pod);
const isReady = (pod: APod | undefined): boolean => pod?.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;

/** Label with the revision of the template that a pod was made from. */
const REVISION = 'controller-revision-hash';
const revisionOf = ({ spec }: Set): string => hash('sha1', JSON.stringify(spec?.template));

function setSteps(api: ModelApi, set: Set, pods: readonly APod[]): Step[] {
  // A StatefulSet that somebody else made is none of the model's business.
  if (controllerOf(set) === undefined || isDeleting(set)) return [];
  const { name, generation = 0 } = set.metadata;
  const own = pods.filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
  const wanted = Array.from({ length: set.spec?.replicas ?? 1 }, (_, ordinal) => `${name}-${ordinal}`);
  const missing = wanted.find((pod) => api.find(RESOURCES.pods, pod) === undefined);
  if (missing !== undefined) return [{ name: `StatefulSet ${name} creates pod ${missing}`, run: () => createPod(api, set, missing) }];
  const leaving = own.find((pod) => !wanted.includes(pod.metadata.name)) ?? outdated(set, own);
  if (leaving !== undefined && !isDeleting(leaving)) return [{ name: `StatefulSet ${name} takes pod ${leaving.metadata.name} away`, run: () => api.delete(RESOURCES.pods, leaving.metadata, 'Background', 'cluster') }];
  const updateRevision = revisionOf(set);
  const next = { replicas: own.length, observedGeneration: generation, readyReplicas: own.filter(isReady).length, updatedReplicas: own.filter((pod) => isCurrent(pod, set)).length, updateRevision };
  if (isDeepStrictEqual(set.status, next)) return [];
  return [{ name: `StatefulSet ${name} reports ${next.readyReplicas} ready`, run: () => void api.update(RESOURCES.statefulSets, set, { status: next }, 'cluster') }];
}

const isCurrent = ({ metadata }: APod, set: Set): boolean => metadata.labels?.[REVISION] === revisionOf(set);

/** The pod whose turn it is to be replaced: the highest ordinal first, none below the partition. */
const outdated = (set: Set, pods: readonly APod[]): APod | undefined => {
  const ordinal = ({ metadata }: APod): number => Number(metadata.name.slice(set.metadata.name.length + 1));
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  return pods.toSorted((a, b) => ordinal(b) - ordinal(a)).find((pod) => ordinal(pod) >= partition && !isCurrent(pod, set));
};

function createPod(api: ModelApi, set: Set, name: string): void {
  const ownerReferences = [controllerReference({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: set.metadata })];
  const labels = { ...set.spec?.template.metadata?.labels, [REVISION]: revisionOf(set) };
  const metadata = { name, namespace: NAMESPACE, labels, ownerReferences };
  api.create(RESOURCES.pods, { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Pending' } }, 'cluster');
}

/** A server that was ready is not. */
export function serverFault(api: ModelApi): Step | undefined {
  const pod = api.all(RESOURCES.pods).find((candidate) => isServer(candidate) && isReady(candidate));
  return pod && { name: `pod ${pod.metadata.name} is not ready`, run: () => void api.update(RESOURCES.pods, pod, { status: statusOf('Pending', startsOf(pod)) }, 'cluster') };
}

function podSteps(api: ModelApi, pod: APod): Step[] {
  const { name } = pod.metadata;
  if (isDeleting(pod)) return [{ name: `pod ${name} is gone`, run: () => api.release(RESOURCES.pods, pod) }];
  if (isReady(pod)) return [];
  return [{ name: `pod ${name} is ready`, run: () => void api.update(RESOURCES.pods, pod, { status: statusOf('Running', startsOf(pod) + 1) }, 'cluster') }];
}

const startsOf = ({ status }: APod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;
const statusOf = (phase: 'Pending' | 'Running', restartCount: number): object => ({ phase, conditions: [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }], containerStatuses: [{ name: SERVER_CONTAINER, image: '', imageID: '', ready: phase === 'Running', restartCount }] });

/** Slices get the labels of their Service, and go with it. */
function sliceSteps(api: ModelApi, service: Read<Service>, pods: readonly APod[]): Step[] {
  const { name, labels = {} } = service.metadata;
  const primary = service.spec?.selector?.['statefulset.kubernetes.io/pod-name'];
  if (primary === undefined || isDeleting(service)) return [];
  const ready = isReady(pods.find((pod) => pod.metadata.name === primary));
  const slice = api.find(RESOURCES.endpointSlices, `${name}-slice`);
  // The Service publishes addresses that are not ready: all are "ready", and those of pods that are serve.
  const content = { addressType: 'IPv4', endpoints: [{ addresses: [], conditions: { ready: true, serving: ready } }] };
  if (slice === undefined) {
    const ownerReferences = [controllerReference({ apiVersion: 'v1', kind: 'Service', metadata: service.metadata })];
    const metadata = { name: `${name}-slice`, namespace: NAMESPACE, labels: { ...labels, 'kubernetes.io/service-name': name }, ownerReferences };
    return [{ name: `Service ${name} gets endpoints`, run: () => void api.create(RESOURCES.endpointSlices, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, ...content }, 'cluster') }];
  }
  const isOurs = !isDeleting(slice) && controllerOf(slice)?.uid === service.metadata.uid;
  if (!isOurs || isDeepStrictEqual(slice.endpoints, content.endpoints)) return [];
  return [{ name: `Service ${name} routes: ${ready}`, run: () => void api.update(RESOURCES.endpointSlices, slice, content, 'cluster') }];
}
