// Worlds that decisions about a Database look at.
import { controllerReference, LABEL_CHECK, LABEL_ROLE, type CheckSucceeded, type Database } from '@postgres-operator/api';
import type { ContainerState, ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.d.ts';
import { desiredDisruptionBudget } from '../src/database/children/desired-disruption-budget.ts';
import { checkLabel } from '../src/database/check/desired-check.ts';
import { startsOf } from '../src/database/check/servers.ts';
import { childLabels } from '../src/database/children/metadata.ts';
import { desiredConfigMap } from '../src/database/children/desired-config-map.ts';
import { desiredHeadlessService, desiredReadOnlyService, desiredService, STANDBY } from '../src/database/children/desired-services.ts';
import { desiredStatefulSet } from '../src/database/children/desired-stateful-set.ts';
import { hasStandbys } from '../src/database/standbys.ts';
import type { DatabaseWorld } from '../src/database/world.ts';
import { aDatabase, aJob, aPod, ended, live, RESOURCES, type APod } from './fixtures.ts';

/** A world with no child yet. */
export const anEmptyWorld = (database: Database = aDatabase()): DatabaseWorld => ({
  database,
  config: undefined,
  statefulSet: undefined,
  service: undefined,
  headlessService: undefined,
  readOnlyService: undefined,
  claims: [],
  refusals: [],
  lacksSecret: false,
  finalBackup: undefined,
  terminating: false,
  pods: [],
  jobs: [],
  idle: true,
  checks: [],
  disruptionBudget: undefined,
  warnings: [],
  upgrade: { work: [], backup: undefined, goodSince: undefined },
  reachable: false,
  routed: false,
});

type LiveStatefulSet = NonNullable<DatabaseWorld['statefulSet']>;

/** The StatefulSet of a Database, rolled out unless `status` says something else. */
export const aStatefulSet = (database: Database = aDatabase(), status: Partial<NonNullable<LiveStatefulSet['status']>> = {}): LiveStatefulSet => {
  const { replicas } = database.spec;
  return live(RESOURCES.statefulSets, desiredStatefulSet(database), { status: { replicas, observedGeneration: 1, readyReplicas: replicas, updatedReplicas: replicas, ...status } });
};

/** A world where everything is as the Database wants it, apart from what `parts` say. A Database that is not reachable was never up. */
export const aWorld = (parts: Partial<DatabaseWorld> = {}, made: Database = parts.database ?? aDatabase()): DatabaseWorld => {
  const world = {
    ...anEmptyWorld(made),
    config: live(RESOURCES.configMaps, desiredConfigMap(made, parts.reachable === false)),
    statefulSet: aStatefulSet(made),
    service: live(RESOURCES.services, desiredService(made)),
    headlessService: live(RESOURCES.services, desiredHeadlessService(made)),
    ...(hasStandbys(made) && { readOnlyService: live(RESOURCES.services, desiredReadOnlyService(made)), disruptionBudget: live(RESOURCES.disruptionBudgets, desiredDisruptionBudget(made)) }),
    reachable: true,
    routed: true,
    pods: Array.from({ length: made.spec.replicas }, (_, ordinal) => aServer({ ordinal, ...(ordinal > 0 && { metadata: { labels: { [LABEL_ROLE]: STANDBY } } }) })),
    ...parts,
  };
  return { ...world, checks: parts.checks ?? aPassedCheck(world) };
};

/** The check that these servers passed, if they are all up. */
function aPassedCheck(world: DatabaseWorld): DatabaseWorld['checks'] {
  const servers = startsOf(world);
  if (servers === undefined) return [];
  const job = aJob({ metadata: { labels: { [LABEL_CHECK]: checkLabel({ servers, request: undefined, round: 1 }) } } });
  return [{ job, pods: [aPod({ job, state: ended(0, CHECKED) })] }];
}

/** What a runner reports of a check that found nothing amiss. */
export const CHECKED: CheckSucceeded = { v: 1, outcome: 'succeeded', command: 'check', findings: [], standbys: [], serverVersion: '14.12', systemIdentifier: '7445298563121893412', startedAt: '2026-01-02T03:04:00Z', finishedAt: '2026-01-02T03:04:01Z' };

export interface ServerParts {
  readonly ordinal?: number;
  readonly metadata?: Partial<APod['metadata']>;
  /** How its container is, and how the one before it ended. */
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
  readonly status?: Partial<PodStatus>;
}

/** The pod of a server; one with no more said is ready. */
export function aServer({ ordinal = 0, metadata, state, lastState, status }: ServerParts = {}): APod {
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: aStatefulSet().metadata };
  const container: ContainerStatus = { name: 'postgres', image: '', imageID: '', ready: state === undefined, restartCount: 0, ...(state && { state }), ...(lastState && { lastState }) };
  const conditions: PodStatus['conditions'] = [{ type: 'Ready', status: state === undefined && status === undefined ? 'True' : 'False' }];
  const pod = aPod({ metadata: { name: `orders-${ordinal}`, ownerReferences: [controllerReference(owner)], ...metadata } });
  return { ...pod, status: { conditions, ...(status === undefined && { containerStatuses: [container] }), ...status } };
}

export type AClaim = DatabaseWorld['claims'][number];

/** A claim that is bound; by default the primary's volume of 1Gi. */
export const aClaim = (name = 'data-orders-0', { requested = '1Gi', status = {} }: { readonly requested?: string; readonly status?: NonNullable<AClaim['status']> } = {}): AClaim =>
  live(RESOURCES.claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'shop', ...{ labels: childLabels('orders') } } }, { spec: { resources: { requests: { storage: requested } } }, status: { phase: 'Bound', capacity: { storage: '1Gi' }, ...status } });
