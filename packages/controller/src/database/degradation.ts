// What a spec asks for and this version does not do yet. It is said in a condition, and what runs is left as it is.
import { ConditionType, type ConditionUpdate, type Database } from '@postgres-operator/api';
import { majorVersion } from './server/image.ts';
import type { DatabaseWorld } from './world.ts';
import { parametersTrial, type Trial } from './parameters/trial.ts';
import { dataDirectory } from './server/folders.ts';
import { heldReplicas } from './standbys.ts';

/** The size that the existing claim template has; it cannot change. */
export const keptStorageSize = ({ statefulSet }: DatabaseWorld): string | undefined => {
  const size = statefulSet?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'];
  return size === undefined ? undefined : String(size);
};

const container = ({ statefulSet }: DatabaseWorld): { image?: string; env?: { name: string; value?: string }[] } | undefined =>
  statefulSet?.spec?.template.spec?.containers[0];

/** True when the image is of another major version than the data: starting it would show an empty database. */
function changesMajor(world: DatabaseWorld): boolean {
  const running = container(world)?.env?.find(({ name }) => name === 'PGDATA')?.value;
  return running !== undefined && running !== dataDirectory(majorVersion(world.database.spec));
}

/**
 * The Database with the spec that can be acted on: an image of another major version is replaced by the running one, standbys stay while they may
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
  const database = { ...world.database, spec: { ...world.database.spec, replicas } };
  const image = container(world)?.image;
  if (!changesMajor(world) || image === undefined) return database;
  const running = Number(/\/(\d+)\/data$/.exec(container(world)?.env?.find(({ name }) => name === 'PGDATA')?.value ?? '')?.[1]);
  return { ...database, spec: { ...database.spec, image, majorVersion: running } };
}

/** Condition Degraded: what of the spec is not in force, and why. */
export function degradation(world: DatabaseWorld): ConditionUpdate {
  const { image, replicas } = world.database.spec;
  const held = heldReplicas(world);
  const type = ConditionType.Degraded;
  if (changesMajor(world)) {
    return { type, status: 'True', reason: 'MajorUpgradeUnsupported', message: `image ${image} is of another major version than the data: ${container(world)?.image} keeps running. Create a new Database with the new image and restore a Backup of this one into it` };
  }
  const { refused } = trialOf(world);
  if (refused !== undefined) {
    return { type, status: 'True', reason: 'ParametersRefused', message: `PostgreSQL refuses the parameters, and the servers keep those they have: ${refused}. Correct spec.parameters` };
  }
  if (held > replicas) {
    return { type, status: 'True', reason: 'StandbysHeld', message: `replicas is ${replicas}, but all ${held} servers stay until the primary is up: what a standby holds may be needed to bring it back` };
  }
  return { type, status: 'False', reason: 'AsSpecified', message: 'The spec is in force' };
}
