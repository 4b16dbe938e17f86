// What is done about the StatefulSet that is there: it is brought to what is wanted, as far as the rolling update may go. Pure.
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Writable } from '../../kube/client.ts';
import type { Read } from '../../kube/resources.ts';
import { drifted, isMadeFrom } from '../../reconcile/drift.ts';
import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import { desiredStatefulSet } from '../children/desired-stateful-set.ts';
import { keptStorageSize, supportedSpec } from '../degradation.ts';
import type { DatabaseWorld } from '../world.ts';
import { serverTroubles } from '../trouble/troubles.ts';
import { decideRollout, partitionOf, type Rollout } from './rollout.ts';

/** The effects on the servers of a Database. None before there is a StatefulSet. */
export function serverEffects(world: DatabaseWorld, now: number): Effect[] {
  const { statefulSet } = world;
  if (statefulSet === undefined) return [];
  const { object, replace } = wantedServers(world, statefulSet, now);
  const effects: Effect[] = drifted(object, statefulSet) ? [{ do: 'apply', resource: 'statefulSets', object, uid: statefulSet.metadata.uid }] : [];
  return replace === undefined ? effects : [...effects, ...deletionOf('pods', replace)];
}

/** True when every server that is wanted was made from the newest manifest and is ready. */
export function rolledOut(world: DatabaseWorld, now: number): boolean {
  const { statefulSet } = world;
  const status = statefulSet?.status;
  if (statefulSet === undefined || status === undefined || status.observedGeneration !== statefulSet.metadata.generation) return false;
  const wanted = statefulSet.spec?.replicas ?? 1;
  // What is about to be applied is not there yet, however ready the servers are.
  return (status.readyReplicas ?? 0) >= wanted && (status.updatedReplicas ?? 0) >= wanted && isMadeFrom(wantedServers(world, statefulSet, now).object, statefulSet);
}

/** The StatefulSet as it should be by now, and the primary to replace. */
function wantedServers(world: DatabaseWorld, statefulSet: Read<StatefulSet>, now: number): { readonly object: Writable } & Pick<Rollout, 'replace'> {
  const database = supportedSpec(world);
  const storageSize = keptStorageSize(world);
  const wanted = (partition: Rollout['partition']): Writable => desiredStatefulSet(database, { partition, ...(storageSize !== undefined && { storageSize }) });
  const changes = drifted(wanted(partitionOf(statefulSet)), statefulSet);
  const { partition, replace } = decideRollout({ statefulSet, pods: world.pods, troubles: serverTroubles(world, now), changes });
  return { object: wanted(partition), ...(replace && { replace }) };
}
