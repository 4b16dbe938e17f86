// What the pods of a Database say about themselves.
import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { RUNNER_CONTAINER } from '../run/desired-job.ts';
import { SERVER_CONTAINER } from './children/desired-stateful-set.ts';

type AnyPod = Read<Pod>;

/** A pod that was given a node and still waits for its volumes this long probably misses a Secret. */
const MOUNT_PATIENCE_MS = 10_000;

const OWN_CONTAINERS = [SERVER_CONTAINER, RUNNER_CONTAINER];

/** What keeps pods from running, in their own words; empty when nothing does. */
export const podTroubles = (pods: readonly AnyPod[]): string[] =>
  pods.flatMap((pod) => {
    const trouble = waitingReason(pod) ?? unschedulable(pod);
    return trouble === undefined ? [] : [`pod ${pod.metadata.name}: ${trouble}`];
  });

/** Reasons of a container that is on its way and not in trouble. */
const ON_ITS_WAY = ['ContainerCreating', 'PodInitializing'];

/** The container of ours in a server's or a runner's pod, whatever others were added to it. */
const ownContainer = ({ status }: AnyPod): ContainerStatus | undefined => status?.containerStatuses?.find(({ name }) => OWN_CONTAINERS.includes(name));

function waitingReason(pod: AnyPod): string | undefined {
  const status = ownContainer(pod);
  const waiting = status?.state?.waiting;
  if (waiting?.reason === undefined || ON_ITS_WAY.includes(waiting.reason)) return undefined;
  const last = status?.lastState?.terminated;
  const ended = last && `the last container ended with exit code ${last.exitCode} (${last.reason ?? 'no reason'})`;
  return [waiting.reason, waiting.message, ended].filter(Boolean).join(': ');
}

function unschedulable(pod: AnyPod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' ? `${scheduled.reason ?? 'not scheduled'}: ${scheduled.message ?? ''}` : undefined;
}

/** True when a pod has a node but its container is not created for so long that a volume of it may be missing. */
export const waitsForMounts = (pods: readonly AnyPod[], now: number): boolean =>
  pods.some((pod) => isCreating(pod) && now - scheduledAt(pod) > MOUNT_PATIENCE_MS);

const isCreating = (pod: AnyPod): boolean => pod.status?.phase === 'Pending' && ON_ITS_WAY.includes(ownContainer(pod)?.state?.waiting?.reason ?? 'ContainerCreating');

/** When the pod got its node, in milliseconds; far in the future when it has none yet. */
function scheduledAt({ status }: AnyPod): number {
  const scheduled = status?.conditions?.find((condition) => condition.type === 'PodScheduled' && condition.status === 'True');
  return scheduled?.lastTransitionTime === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(scheduled.lastTransitionTime));
}
