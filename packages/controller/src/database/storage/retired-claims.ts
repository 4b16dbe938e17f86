import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import { isObserved } from '../rollout/rollout.ts';
import type { DatabaseWorld } from '../world.ts';
import { ordinalOfClaim } from '../ordinals.ts';

/**
 * Deletes the volumes of standbys that are no longer wanted. The StatefulSet is not told to do that: it would delete every volume of whoever
 * scales it to zero by hand. The number of servers has to be the one in the spec, everywhere, and the primary up.
 */
export function retiredClaims({ database, statefulSet, claims, reachable, pods }: DatabaseWorld): Effect[] {
  const { replicas } = database.spec;
  if (!reachable || statefulSet === undefined || !isObserved(statefulSet)) return [];
  if (statefulSet.spec?.replicas !== replicas || statefulSet.status?.replicas !== replicas) return [];
  const { name } = database.metadata;
  const retired = claims.filter((claim) => {
    const ordinal = ordinalOfClaim(claim.metadata.name, name);
    return ordinal >= replicas && ordinal > 0 && !pods.some((pod) => pod.metadata.name === `${name}-${ordinal}`);
  });
  return retired.flatMap((claim) => deletionOf('claims', claim));
}
