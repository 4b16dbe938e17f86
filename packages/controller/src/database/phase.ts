// Where a Database is on its way to Ready. Pure.
import { DATABASE_PHASES, isFencedStep, type DatabasePhase } from '@postgres-operator/api';
import { decideClone } from './clone/decide-clone.ts';
import type { DatabaseWorld } from './world.ts';
import { rolledOut } from './rollout/servers.ts';
import { isGivenUp } from './trouble/failed.ts';
import { serverTroubles } from './trouble/troubles.ts';
import { wantedServices } from './wanted-children.ts';

/** One step on the way at a time, and back to the step that is no longer true. */
export function nextPhase(world: DatabaseWorld, now: number, consistent: boolean): DatabasePhase {
  const current = world.database.status?.phase;
  if (isGivenUp(world.database, serverTroubles(world, now), now)) return 'Failed';
  if (current === undefined || current === 'Failed') return 'Pending';
  const target = DATABASE_PHASES.indexOf(targetPhase(world, now, consistent));
  const step = Math.min(DATABASE_PHASES.indexOf(current) + 1, target);
  return DATABASE_PHASES[step] ?? 'Pending';
}

function targetPhase(world: DatabaseWorld, now: number, consistent: boolean): DatabasePhase {
  if (world.config === undefined || world.statefulSet === undefined) return 'Provisioning';
  if (wantedServices(world).some(({ live }) => live === undefined)) return 'Configuring';
  if (isFencedStep(world.database.status?.upgrade?.step) || !rolledOut(world, now)) return 'Deploying';
  return world.reachable && consistent && isCounted(world.statefulSet) && decideClone(world.database, world.clone).wait === undefined ? 'Ready' : 'Verifying';
}

/** True when the StatefulSet counts its servers as ready, which it does a moment after they are: who has waited for the Database may look there next. */
const isCounted = ({ spec, status }: NonNullable<DatabaseWorld['statefulSet']>): boolean => (status?.readyReplicas ?? 0) >= (spec?.replicas ?? 1);

/** True when the primary can be worked with, and the Database is not Ready yet. */
export const isUp = ({ reachable }: DatabaseWorld, phase: DatabasePhase): boolean => phase === 'Verifying' && reachable;
