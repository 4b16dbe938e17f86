// What Kubernetes says of an object in Events and nowhere else: why a pod was not created, a volume not mounted or not bound.
import type { Kube } from '../../kube/client.ts';
import { RESOURCES, type Read, type ResourceType } from '../../kube/resources.ts';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Event } from 'kubernetes-types/events/v1.d.ts';
import { claimOfPod } from '../ordinals.ts';
import { isCreating, scheduledSince, unscheduled } from './pod-states.ts';

/** An Event of type Warning, in short. */
export interface Warning {
  readonly kind: Silent['kind'];
  readonly name: string;
  readonly reason: string;
  readonly note: string;
}

/** An object that does not say itself what keeps it. */
export interface Silent {
  readonly kind: 'StatefulSet' | 'Pod' | 'PersistentVolumeClaim';
  readonly name: string;
}

/** What Events are asked about. */
export interface Asking {
  readonly statefulSet: Read<StatefulSet> | undefined;
  readonly pods: readonly Read<Pod>[];
}

/** A healthy pod has its volumes, and a healthy StatefulSet its pods, sooner than this. */
const PATIENCE_MS = 5_000;

/** The StatefulSet controller tries again after 1000 s at the latest, so what it says now is not older. */
const FRESH_MS = 1_200_000;

/** The one object to ask Events about; undefined when there is none, and then no request is made. One a look is enough: what keeps one server mostly keeps all. */
export function silentObject({ statefulSet, pods }: Asking, now: number): Silent | undefined {
  const waiting = pods.find((pod) => isCreating(pod) && now - scheduledSince(pod) > PATIENCE_MS);
  if (waiting !== undefined) return { kind: 'Pod', name: waiting.metadata.name };
  const unbound = pods.find((pod) => unscheduled(pod, now)?.volume);
  if (unbound !== undefined) return { kind: 'PersistentVolumeClaim', name: claimOfPod(unbound.metadata.name) };
  return lacksPods(statefulSet, now) ? { kind: 'StatefulSet', name: statefulSet?.metadata.name ?? '' } : undefined;
}

/** True when a StatefulSet has fewer pods than it wants, and has had the time to make them. */
function lacksPods(statefulSet: Asking['statefulSet'], now: number): boolean {
  if (statefulSet === undefined || now - Date.parse(statefulSet.metadata.creationTimestamp ?? '') < PATIENCE_MS) return false;
  return (statefulSet.status?.replicas ?? 0) < (statefulSet.spec?.replicas ?? 1);
}

/** The newest Warning about an object. One list of that object's Events, which the API server selects. */
export async function newestWarning(kube: Kube, object: Silent & { readonly namespace: string }, when: { readonly now: number; readonly signal: AbortSignal }): Promise<Warning[]> {
  const { kind, name, namespace } = object;
  const fieldSelector = `regarding.kind=${kind},regarding.name=${name},type=Warning`;
  const { items } = await kube.list(RESOURCES.events as ResourceType<Event>, { namespace, fieldSelector }, when.signal);
  const [newest] = items.filter((event) => when.now - seenAt(event) < FRESH_MS).sort((one, other) => seenAt(other) - seenAt(one));
  return newest === undefined ? [] : [{ kind, name, reason: newest.reason ?? '', note: newest.note ?? '' }];
}

/** When an Event was last heard, in milliseconds. Kubernetes' own controllers still write the deprecated time. */
const seenAt = ({ series, deprecatedLastTimestamp, eventTime, metadata }: Event): number =>
  Date.parse(series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? '');
