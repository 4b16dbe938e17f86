// What is decided about the servers of a Database beyond the first.
import { isControlledBy, LABEL_ROLE, type Database } from '@postgres-operator/api';
import type { Effect } from '../reconcile/plan.ts';
import { STANDBY } from './children/desired-services.ts';
import type { DatabaseWorld } from './world.ts';
import { ordinalOfClaim, ordinalOfPod } from './ordinals.ts';
import { isReady } from './trouble/pod-states.ts';

/** True when a Database has standbys, and Service <db>-ro with them. */
export const hasStandbys = ({ spec }: Database): boolean => spec.replicas > 1;

/**
 * True when nothing can ever have been in this database, so that an empty volume of the primary may become an empty database. Once it was up,
 * or where a standby's volume is left of a Database of the same name that was deleted, an empty volume is a loss.
 */
export function isNew({ database, claims, reachable }: DatabaseWorld): boolean {
  const { name, creationTimestamp = '' } = database.metadata;
  const isOlder = (claim: DatabaseWorld['claims'][number]): boolean => Date.parse(String(claim.metadata.creationTimestamp)) < Date.parse(creationTimestamp);
  const ofStandby = claims.filter(({ metadata }) => ordinalOfClaim(metadata.name, name) > 0);
  return !reachable && database.status?.endpoint === undefined && !ofStandby.some(isOlder);
}

/**
 * The replicas that are to run. With a standby goes its volume: none is given up while the primary is not up, because it may hold all that
 * is left of the data.
 */
export function heldReplicas({ database, statefulSet, reachable }: DatabaseWorld): number {
  const running = statefulSet?.spec?.replicas ?? 0;
  return reachable ? database.spec.replicas : Math.max(running, database.spec.replicas);
}

/**
 * Labels the pods of standbys, which come without: all pods of a StatefulSet are made with the same labels. Not before they are ready: Service
 * <db>-ro leads to no other, and each change of a pod that it selects is written twice, as Endpoints and as EndpointSlice.
 */
export function standbyLabels({ statefulSet, pods }: DatabaseWorld): Effect[] {
  if (statefulSet === undefined) return [];
  return pods.flatMap((pod): Effect[] => {
    const { name, namespace, uid, labels, deletionTimestamp } = pod.metadata;
    const isStandby = isControlledBy(pod, statefulSet) && ordinalOfPod(name, statefulSet.metadata.name) > 0;
    if (!isStandby || !isReady(pod) || labels?.[LABEL_ROLE] === STANDBY || deletionTimestamp !== undefined) return [];
    return [{ do: 'labelPod', object: { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid, labels: { [LABEL_ROLE]: STANDBY } } } }];
  });
}
