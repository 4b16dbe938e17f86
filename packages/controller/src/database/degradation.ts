// What a spec asks for and this version does not do yet. It is said in a condition, and what runs is left as it is.
import { ConditionType, type ConditionUpdate, type Database, type Upgrade } from '@postgres-operator/api';
import type { DatabaseWorld } from './world.ts';
import { parametersTrial, type Trial } from './parameters/trial.ts';
import { heldReplicas } from './standbys.ts';
import { versionToRun, wantedVersion } from './upgrade/versions.ts';
import { otherMajor } from './upgrade/words.ts';

/** The size that the existing claim template has; it cannot change. */
export const keptStorageSize = ({ statefulSet }: DatabaseWorld): string | undefined => {
  const size = statefulSet?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'];
  return size === undefined ? undefined : String(size);
};

/**
 * The Database with the spec that can be acted on: an image of another major version comes into force by an upgrade only, standbys stay while they may
 * be needed, and parameters that were not found good are those in force.
 */
export function supportedSpec(world: DatabaseWorld): Database {
  const database = runnableSpec(world);
  const { inForce } = parametersTrial(world, database);
  return { ...database, spec: { ...database.spec, parameters: inForce } };
}

/** How the trial of the parameters of the spec stands. */
export const trialOf = (world: DatabaseWorld): Trial => parametersTrial(world, runnableSpec(world));

function runnableSpec(world: DatabaseWorld): Database {
  const replicas = heldReplicas(world);
  const { image, major } = versionToRun(world);
  const { spec } = world.database;
  if (image === spec.image && major === wantedVersion(world.database).major) return { ...world.database, spec: { ...spec, replicas } };
  return { ...world.database, spec: { ...spec, replicas, image, majorVersion: major } };
}

/** Condition Degraded: what of the spec is not in force, and why; `upgrade` is where that stands by now. */
export function degradation(world: DatabaseWorld, upgrade: Upgrade | undefined): ConditionUpdate {
  const { replicas } = world.database.spec;
  const held = heldReplicas(world);
  const type = ConditionType.Degraded;
  if (versionToRun(world).major !== wantedVersion(world.database).major) return otherMajor(upgrade);
  const { refused } = trialOf(world);
  if (refused !== undefined) {
    return { type, status: 'True', reason: 'ParametersRefused', message: `PostgreSQL refuses the parameters, and the servers keep those they have: ${refused}. Correct spec.parameters` };
  }
  if (held > replicas) {
    return { type, status: 'True', reason: 'StandbysHeld', message: `replicas is ${replicas}, but all ${held} servers stay until the primary is up: what a standby holds may be needed to bring it back` };
  }
  return { type, status: 'False', reason: 'AsSpecified', message: 'The spec is in force' };
}
