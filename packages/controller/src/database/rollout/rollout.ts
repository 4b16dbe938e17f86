// How far a rolling update may go. The StatefulSet itself replaces pods one at a time from the highest ordinal down, each ready before
// the next; ready means of a standby that it streams and has caught up. What is decided here is when the primary's turn comes. Pure.
import { isControlledBy } from '@postgres-operator/api';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../kube/resources.ts';
import { ordinalOfPod } from '../ordinals.ts';
import { isReady } from '../trouble/pod-states.ts';
import type { Trouble } from '../trouble/troubles.ts';

/** Label with the revision of the template that a pod was made from. */
const REVISION = 'controller-revision-hash';

/** Pods from this ordinal on are brought to the newest template: all, or the standbys only. */
export const ALL = 0;
export const STANDBYS = 1;

/** What a rolling update looks at. */
export interface RolloutSeen {
  readonly statefulSet: Read<StatefulSet>;
  /** The pods of its servers, and maybe others. */
  readonly pods: readonly Read<Pod>[];
  readonly troubles: readonly Trouble[];
  /** True when the StatefulSet is about to be given another manifest. */
  readonly changes: boolean;
}

/** How a rolling update goes on. */
export interface Rollout {
  readonly partition: typeof ALL | typeof STANDBYS;
  /** A primary that is deleted, because it cannot run and what it was made from is no longer wanted. */
  readonly replace?: Read<Pod>;
}

/**
 * Standbys first, the primary when all of them run the newest template and are ready. A standby that does not come back stops it there, with
 * the primary untouched. Only a primary that cannot run does not wait: the standbys are not ready without it.
 */
export function decideRollout(seen: RolloutSeen): Rollout {
  const { statefulSet, pods, troubles, changes } = seen;
  const { name } = statefulSet.metadata;
  const servers = pods.filter((pod) => isControlledBy(pod, statefulSet));
  const primary = servers.find(({ metadata }) => metadata.name === `${name}-0`);
  const settled = !changes && isObserved(statefulSet);
  if (troubles.some(({ pod }) => pod === `${name}-0`)) {
    return { partition: ALL, ...(settled && primary !== undefined && !isUpdated(primary, statefulSet) && { replace: primary }) };
  }
  // Once its turn has come, a standby that goes takes nothing back.
  if (!changes && partitionOf(statefulSet) === ALL) return { partition: ALL };
  const follow = servers.filter((pod) => pod !== primary && isUpdated(pod, statefulSet) && isReady(pod));
  return { partition: standbysOf(statefulSet) === 0 || (settled && follow.length >= standbysOf(statefulSet)) ? ALL : STANDBYS };
}

const standbysOf = ({ spec }: Read<StatefulSet>): number => (spec?.replicas ?? 1) - 1;

/** What the StatefulSet was told last. */
export const partitionOf = ({ spec }: Read<StatefulSet>): Rollout['partition'] => (spec?.updateStrategy?.rollingUpdate?.partition === STANDBYS ? STANDBYS : ALL);

/**
 * True when the controller of StatefulSets has seen the newest manifest. It may say more than the generation: after a conflict it writes the
 * status that it had computed to whatever has that name by then, and never lowers the number in a StatefulSet that was deleted and made
 * anew (Kubernetes 1.34, pkg/controller/statefulset: UpdateStatefulSetStatus, inconsistentStatus).
 */
export const isObserved = ({ metadata, status }: Read<StatefulSet>): boolean => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 1);

/** True when a pod was made from the newest template and stays. */
export const isUpdated = ({ metadata }: Read<Pod>, { status }: Read<StatefulSet>): boolean => metadata.labels?.[REVISION] === status?.updateRevision && metadata.deletionTimestamp === undefined;

/** The pods of the servers that are wanted, as far as they are of the newest template and stay. */
export function currentServers({ statefulSet, pods }: Pick<RolloutSeen, 'statefulSet' | 'pods'>): Read<Pod>[] {
  const { metadata, spec } = statefulSet;
  const isWanted = (ordinal: number): boolean => ordinal >= 0 && ordinal < (spec?.replicas ?? 1);
  return pods.filter((pod) => isControlledBy(pod, statefulSet) && isWanted(ordinalOfPod(pod.metadata.name, metadata.name)) && isUpdated(pod, statefulSet));
}

/** Where a rolling update is, in words; undefined when none is under way. */
export function rolloutWords({ spec, status }: Read<StatefulSet>, troubles: readonly Trouble[]): string | undefined {
  const replicas = spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  // The last one counts as soon as it is made, whatever becomes of it.
  if (status?.updateRevision === status?.currentRevision || (troubles.length === 0 && updated >= replicas)) return undefined;
  const progress = `Rolling update: ${updated} of ${replicas} servers are of the new specification`;
  if (troubles.length === 0) return `${progress}; the standbys come first, one at a time, and the primary last`;
  return `${progress}; it has stopped, and applying the earlier specification goes back`;
}
