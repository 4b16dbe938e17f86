// Worlds that decisions about a Database look at.
import type { Database } from '@postgres-operator/api';
import { desiredConfigMap } from '../src/database/children/desired-config-map.ts';
import { desiredHeadlessService, desiredService } from '../src/database/children/desired-services.ts';
import { desiredStatefulSet } from '../src/database/children/desired-stateful-set.ts';
import type { DatabaseWorld } from '../src/database/observe.ts';
import { aDatabase, live, RESOURCES } from './fixtures.ts';

/** A world with no child yet. */
export const anEmptyWorld = (database: Database = aDatabase()): DatabaseWorld => ({
  database,
  config: undefined,
  statefulSet: undefined,
  service: undefined,
  headlessService: undefined,
  pods: [],
  reachable: false,
});

type LiveStatefulSet = NonNullable<DatabaseWorld['statefulSet']>;

/** The StatefulSet of a Database, rolled out unless `status` says something else. */
export const aStatefulSet = (database: Database = aDatabase(), status: Partial<NonNullable<LiveStatefulSet['status']>> = {}): LiveStatefulSet =>
  live(RESOURCES.statefulSets, desiredStatefulSet(database), { status: { replicas: 1, observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1, ...status } });

/** A world where everything is as the Database wants it, apart from what `parts` say. */
export const aWorld = (parts: Partial<DatabaseWorld> = {}, made: Database = parts.database ?? aDatabase()): DatabaseWorld => ({
  ...anEmptyWorld(made),
  config: live(RESOURCES.configMaps, desiredConfigMap(made)),
  statefulSet: aStatefulSet(made),
  service: live(RESOURCES.services, desiredService(made)),
  headlessService: live(RESOURCES.services, desiredHeadlessService(made)),
  reachable: true,
  ...parts,
});
