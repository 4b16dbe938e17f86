import { childNames, isControlledBy, LABEL_DATABASE, type Database, type Owned } from '@postgres-operator/api';
import type { Kube } from '../kube/client.ts';
import { isNotFound, isRefused } from '../kube/errors.ts';
import { RESOURCES, type ResourceType } from '../kube/resources.ts';
import type { Caches } from '../reconcile/caches.ts';
import { isReachable, isRouted } from '../reconcile/routes.ts';
import { isTerminal } from '../run/turn.ts';
import { workAtHand } from '../run/work.ts';
import { checksOf } from './check/observe.ts';
import { observeClone } from './clone/world.ts';
import { finalBackupName } from './deletion/final-backup.ts';
import { isServer } from './trouble/pod-states.ts';
import { observeUpgrade } from './upgrade/world.ts';
import { newestWarning, silentObject } from './trouble/warnings.ts';
import type { DatabaseWorld } from './world.ts';

/** Reads the caches; undefined when there is no such Database. */
export function observeDatabase(caches: Caches, key: string): DatabaseWorld | undefined {
  const database = caches.databases.get(key);
  if (database === undefined) return undefined;
  const names = childNames(database.metadata.name);
  const own = <T extends Owned>(store: { get(key: string): T | undefined }, name: string): T | undefined => ownedBy(database, store.get(`${database.metadata.namespace}/${name}`));
  return {
    database,
    config: own(caches.configMaps, names.config),
    statefulSet: own(caches.statefulSets, names.statefulSet),
    service: own(caches.services, names.service),
    headlessService: own(caches.services, names.headlessService),
    readOnlyService: own(caches.services, names.readOnlyService),
    disruptionBudget: own(caches.disruptionBudgets, names.disruptionBudget),
    claims: caches.claims.by('database', key),
    pods: caches.pods.by('database', key),
    checks: checksOf(caches, database),
    jobs: caches.jobs.by('database', key),
    idle: caches.restores.by('database', key).every(isTerminal) && workAtHand(database, caches.jobs.by('database', key), caches.pods.by('database', key)).length === 0,
    warnings: [],
    refusals: [],
    lacksSecret: false,
    finalBackup: caches.backups.get(`${database.metadata.namespace}/${finalBackupName(database)}`),
    terminating: false,
    reachable: isReachable(caches, key),
    routed: isRouted(caches, key),
    upgrade: observeUpgrade(caches, database),
    clone: observeClone(caches, database),
  };
}

/** The world with what Events say, where nothing else tells what keeps a server. */
export async function askForWarnings(kube: Kube, world: DatabaseWorld, when: { readonly now: number; readonly signal: AbortSignal }): Promise<DatabaseWorld> {
  const silent = silentObject({ ...world, pods: world.pods.filter(isServer) }, when.now);
  if (silent === undefined) return world;
  const { namespace } = world.database.metadata;
  // Without an answer the Database is looked after all the same; only its condition says less.
  return { ...world, warnings: await newestWarning(kube, { ...silent, namespace }, when).catch(ignoringRefusals) };
}

const ignoringRefusals = (error: unknown): [] => {
  if (!isRefused(error)) throw error;
  return [];
};

/**
 * The world with the children as the API server has them. A Database that is deleted goes when they are gone, which a
 * cache that is behind cannot tell.
 */
export async function askAboutChildren(kube: Kube, world: DatabaseWorld, signal: AbortSignal): Promise<DatabaseWorld> {
  const { database } = world;
  const { namespace, name } = database.metadata;
  const names = childNames(name);
  const ask = async <T extends Owned>(resource: ResourceType<T>, child: string): Promise<T | undefined> => {
    const found = await kube.get(resource, { namespace, name: child }, signal).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    return ownedBy(database, found);
  };
  return {
    ...world,
    config: await ask(RESOURCES.configMaps, names.config),
    statefulSet: await ask(RESOURCES.statefulSets, names.statefulSet),
    service: await ask(RESOURCES.services, names.service),
    headlessService: await ask(RESOURCES.services, names.headlessService),
    readOnlyService: await ask(RESOURCES.services, names.readOnlyService),
    disruptionBudget: await ask(RESOURCES.disruptionBudgets, names.disruptionBudget),
    claims: database.spec.deletionPolicy === 'Delete' ? (await kube.list(RESOURCES.claims, { namespace, labelSelector: `${LABEL_DATABASE}=${name}` }, signal)).items : world.claims,
  };
}

/** The child, if this very Database controls it: one of the same name that was deleted before does not count. */
const ownedBy = <T extends Owned>(database: Database, child: T | undefined): T | undefined =>
  child !== undefined && isControlledBy(child, database) ? child : undefined;
