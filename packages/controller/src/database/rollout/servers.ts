// What is done about the StatefulSet that is there: it is brought to what is wanted, as far as the rolling update may go. Pure.
import type { Database } from '@postgres-operator/api';
import { drifted } from '../../reconcile/drift.ts';
import type { Effect } from '../../reconcile/plan.ts';
import { desiredStatefulSet } from '../children/desired-stateful-set.ts';
import { keptStorageSize } from '../degradation.ts';
import type { DatabaseWorld } from '../observe.ts';
import { serverTroubles } from '../trouble/troubles.ts';
import { decideRollout, partitionOf, type Rollout } from './rollout.ts';

/** The effects on the servers of a Database; `database` is the one that can be acted on. None before there is a StatefulSet. */
export function serverEffects(world: DatabaseWorld, database: Database, now: number): Effect[] {
  const { statefulSet, pods } = world;
  if (statefulSet === undefined) return [];
  const storageSize = keptStorageSize(world);
  const wanted = (partition: Rollout['partition']): ReturnType<typeof desiredStatefulSet> => desiredStatefulSet(database, { partition, ...(storageSize !== undefined && { storageSize }) });
  const changes = drifted(wanted(partitionOf(statefulSet)), statefulSet);
  const { partition, replace } = decideRollout({ statefulSet, pods, troubles: serverTroubles(world, now), changes });
  const object = wanted(partition);
  const effects: Effect[] = drifted(object, statefulSet) ? [{ do: 'apply', resource: 'statefulSets', object, uid: statefulSet.metadata.uid }] : [];
  if (replace === undefined) return effects;
  const { name, namespace, uid } = replace.metadata;
  return [...effects, { do: 'delete', resource: 'pods', target: { name, namespace, uid }, propagation: 'Background' }];
}
