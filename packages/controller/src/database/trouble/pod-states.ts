// How the pod of a server stands, by the words of Kubernetes.
import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../kube/resources.ts';
import { RUNNER_CONTAINER } from '../../run/desired-job.ts';
import { isOnItsWay } from '../../run/verdict.ts';
import { SERVER_CONTAINER } from '../children/desired-stateful-set.ts';

type AnyPod = Read<Pod>;

const OWN_CONTAINERS = [SERVER_CONTAINER, RUNNER_CONTAINER];

/** A pod whose volume is being made has no node for a second or two. */
const UNSCHEDULED_PATIENCE_MS = 5_000;

/** True for the pods of servers; Jobs have pods as well. */
export const isServer = ({ metadata }: AnyPod): boolean => metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === 'StatefulSet') ?? false;

/** The container of ours in a server's or a runner's pod, whatever others were added to it. */
export const ownContainer = ({ status }: AnyPod): ContainerStatus | undefined => status?.containerStatuses?.find(({ name }) => OWN_CONTAINERS.includes(name));

/** True when a pod is to be started and its container does not exist yet. */
export const isCreating = (pod: AnyPod): boolean => pod.status?.phase === 'Pending' && isOnItsWay(ownContainer(pod)?.state?.waiting?.reason ?? 'ContainerCreating');

/** True when a pod is ready. */
export const isReady = ({ status }: AnyPod): boolean => status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;

/** When the pod got its node, in milliseconds; far in the future when it has none yet. */
export function scheduledSince({ status }: AnyPod): number {
  const scheduled = status?.conditions?.find((condition) => condition.type === 'PodScheduled' && condition.status === 'True');
  return scheduled?.lastTransitionTime === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(scheduled.lastTransitionTime));
}

/** A pod that was given a node and still waits for its volumes this long probably misses a Secret. */
const MOUNT_PATIENCE_MS = 10_000;

/** True when a pod has a node but its container is not created for so long that a volume of it may be missing. */
export const waitsForMounts = (pods: readonly AnyPod[], now: number): boolean => pods.some((pod) => isCreating(pod) && now - scheduledSince(pod) > MOUNT_PATIENCE_MS);

/** Why no node takes a pod, after a moment of patience; `volume` says whether it is for its claim. */
export function unscheduled({ status }: AnyPod, now: number): { readonly words: string; readonly volume: boolean } | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False' || now - Date.parse(String(scheduled.lastTransitionTime)) < UNSCHEDULED_PATIENCE_MS) return undefined;
  const words = `${scheduled.reason ?? 'not scheduled'}: ${scheduled.message ?? ''}`;
  return { words, volume: /persistent ?volume|storageclass/i.test(words) };
}
