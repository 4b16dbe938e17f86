// Which servers a consistency check is about: what it found of others, or before one of them was started anew, says nothing. Pure.
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../kube/resources.ts';
import { digestOf } from '../../reconcile/digest.ts';
import { SERVER_CONTAINER } from '../children/desired-stateful-set.ts';
import type { DatabaseWorld } from '../world.ts';
import { currentServers } from '../rollout/rollout.ts';

/** The starts of all servers that are wanted, as a digest; undefined until each runs the newest template. */
export function startsOf({ statefulSet, pods }: Pick<DatabaseWorld, 'statefulSet' | 'pods'>): string | undefined {
  if (statefulSet === undefined) return undefined;
  const starts = currentServers({ statefulSet, pods }).map(startOf);
  if (starts.length < (statefulSet.spec?.replicas ?? 1) || starts.includes(undefined)) return undefined;
  return digestOf(starts.sort().join());
}

/** The pod, and how often its server was started; undefined while it is not. */
function startOf({ metadata, status }: Read<Pod>): string | undefined {
  const container = status?.containerStatuses?.find(({ name }) => name === SERVER_CONTAINER);
  if (container === undefined || (container.state?.running === undefined && !container.ready)) return undefined;
  return `${metadata.uid}/${container.restartCount}`;
}
