// What is done about the StatefulSet that is there: it is brought to what is wanted, as far as the rolling update may go. Pure.
import { isControlledBy } from '@postgres-operator/api';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Writable } from '../../kube/client.ts';
import type { Read } from '../../kube/resources.ts';
import { drifted, isMadeFrom } from '../../reconcile/drift.ts';
import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import { desiredStatefulSet } from '../children/desired-stateful-set.ts';
import { keptStorageSize, supportedSpec } from '../degradation.ts';
import type { DatabaseWorld } from '../world.ts';
import { isReady } from '../trouble/pod-states.ts';
import { serverTroubles } from '../trouble/troubles.ts';
import { scaleOf } from '../upgrade/versions.ts';
import { currentServers, decideRollout, isObserved, isUpdated, partitionOf, type Rollout } from './rollout.ts';

/** The effects on the servers of a Database. None before there is a StatefulSet. */
export function serverEffects(world: DatabaseWorld, now: number): Effect[] {
  const { statefulSet } = world;
  if (statefulSet === undefined) return [];
  const { object, replace } = wantedServers(world, statefulSet, now);
  const effects: Effect[] = drifted(object, statefulSet) ? [{ do: 'apply', resource: 'statefulSets', object, uid: statefulSet.metadata.uid }] : [];
  return replace === undefined ? effects : [...effects, ...deletionOf('pods', replace)];
}

/**
 * True when every server that is wanted was made from the newest manifest and is ready. The pods say so: the StatefulSet counts them a moment later,
 * and each such moment would be written down.
 */
export function rolledOut(world: DatabaseWorld, now: number): boolean {
  const { statefulSet, pods } = world;
  if (statefulSet === undefined || !isObserved(statefulSet)) return false;
  const ready = currentServers({ statefulSet, pods }).filter(isReady);
  // What is about to be applied is not there yet, however ready the servers are.
  return ready.length >= (statefulSet.spec?.replicas ?? 1) && isMadeFrom(wantedServers(world, statefulSet, now).object, statefulSet);
}

/** How many servers are ready, whatever they were made from. */
export const readyServers = ({ statefulSet, pods }: DatabaseWorld): number =>
  statefulSet === undefined ? 0 : pods.filter((pod) => isControlledBy(pod, statefulSet) && isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;

/** The pod of the primary. */
export const primaryOf = ({ statefulSet, pods }: DatabaseWorld): DatabaseWorld['pods'][number] | undefined =>
  statefulSet && pods.find((pod) => pod.metadata.name === `${statefulSet.metadata.name}-0` && isControlledBy(pod, statefulSet));

/** True when the primary was made from what is wanted of the servers now, and is ready, whatever the others are. */
export function primaryIsUp(world: DatabaseWorld, now: number): boolean {
  const { statefulSet } = world;
  if (statefulSet === undefined || !isObserved(statefulSet) || !isMadeFrom(wantedServers(world, statefulSet, now).object, statefulSet)) return false;
  const primary = primaryOf(world);
  return primary !== undefined && isUpdated(primary, statefulSet) && isReady(primary);
}

/** The StatefulSet as it should be by now, and the primary to replace. */
function wantedServers(world: DatabaseWorld, statefulSet: Read<StatefulSet>, now: number): { readonly object: Writable } & Pick<Rollout, 'replace'> {
  const database = supportedSpec(world);
  const storageSize = keptStorageSize(world);
  const kept = { ...(storageSize !== undefined && { storageSize }), ...scaleOf(world) };
  const wanted = (partition: Rollout['partition']): Writable => desiredStatefulSet(database, { ...kept, partition });
  const changes = drifted(wanted(partitionOf(statefulSet)), statefulSet);
  const { partition, replace } = decideRollout({ statefulSet, pods: world.pods, troubles: serverTroubles(world, now), changes });
  return { object: wanted(partition), ...(replace && { replace }) };
}
