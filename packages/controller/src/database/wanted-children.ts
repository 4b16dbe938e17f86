// What to do about a Database's children. Pure.
import type { DatabasePhase } from '@postgres-operator/api';
import type { Writable } from '../kube/client.ts';
import { drifted } from '../reconcile/drift.ts';
import { deletionOf, type Effect } from '../reconcile/plan.ts';
import { desiredConfigMap } from './children/desired-config-map.ts';
import { desiredDisruptionBudget } from './children/desired-disruption-budget.ts';
import { credentialSecrets } from './children/desired-secrets.ts';
import { desiredHeadlessService, desiredReadOnlyService, desiredService } from './children/desired-services.ts';
import { desiredStatefulSet } from './children/desired-stateful-set.ts';
import { supportedSpec, trialOf } from './degradation.ts';
import type { DatabaseWorld } from './world.ts';
import { serverEffects } from './rollout/servers.ts';
import { hasStandbys, isNew, standbyLabels } from './standbys.ts';
import { scaleOf } from './upgrade/versions.ts';
import { retiredClaims } from './storage/retired-claims.ts';
import { waitsForMounts } from './trouble/pod-states.ts';

/** Whatever is missing, not as it should be or no longer wanted of a Database's children. */
export const childEffects = (world: DatabaseWorld, phase: DatabasePhase, now: number): Effect[] => [
  ...missingChildren(world, phase),
  ...driftedChildren(world, now),
  ...trialOf(world).effects,
  ...unwantedChildren(world),
  ...missingSecrets(world, now),
  ...standbyLabels(world),
  ...retiredClaims(world),
];

function missingChildren(world: DatabaseWorld, phase: DatabasePhase): Effect[] {
  const { database, config, statefulSet } = world;
  if (phase === 'Provisioning') {
    // The Secrets are owned by the ConfigMap, so its UID has to be known first.
    if (config === undefined) return [{ do: 'ensure', resource: 'configMaps', object: desiredConfigMap(database, isNew(world)) }];
    if (statefulSet === undefined) return [...credentialSecrets(database, config), { do: 'ensure', resource: 'statefulSets', object: desiredStatefulSet(supportedSpec(world), scaleOf(world)) }];
  }
  if (phase !== 'Configuring') return missingBudget(world, phase);
  return wantedServices(world).flatMap(({ live, object }) => (live === undefined ? [{ do: 'ensure', resource: 'services', object } as const] : []));
}

/** None before all servers were up for the first time: each step of theirs would be written into it, and there is nothing yet to keep available. */
function missingBudget({ database, statefulSet, disruptionBudget }: DatabaseWorld, phase: DatabasePhase): Effect[] {
  const wereUp = phase === 'Verifying' || phase === 'Ready' || database.status?.consistency !== undefined;
  if (!wereUp || !hasStandbys(database) || disruptionBudget !== undefined || statefulSet === undefined) return [];
  return [{ do: 'ensure', resource: 'disruptionBudgets', object: desiredDisruptionBudget(database) }];
}

interface WantedService {
  readonly resource: 'services';
  readonly live: DatabaseWorld['service'];
  readonly object: Writable;
}

/** The Services that a Database wants, with those that are there. */
export function wantedServices({ database, service, headlessService, readOnlyService }: DatabaseWorld): WantedService[] {
  return [
    { resource: 'services', live: service, object: desiredService(database) },
    { resource: 'services', live: headlessService, object: desiredHeadlessService(database) },
    ...(hasStandbys(database) ? [{ resource: 'services', live: readOnlyService, object: desiredReadOnlyService(database) } as const] : []),
  ];
}

/** Service <db>-ro and the disruption budget go with the last standby. */
function unwantedChildren({ database, readOnlyService, disruptionBudget }: DatabaseWorld): Effect[] {
  if (hasStandbys(database)) return [];
  return [...(readOnlyService === undefined ? [] : deletionOf('services', readOnlyService)), ...(disruptionBudget === undefined ? [] : deletionOf('disruptionBudgets', disruptionBudget))];
}

function driftedChildren(world: DatabaseWorld, now: number): Effect[] {
  const database = supportedSpec(world);
  const children = [
    { resource: 'configMaps', live: world.config, object: desiredConfigMap(database, isNew(world)) },
    ...(hasStandbys(database) ? [{ resource: 'disruptionBudgets', live: world.disruptionBudget, object: desiredDisruptionBudget(database) } as const] : []),
    ...wantedServices(world),
  ] as const;
  const applied = children.flatMap(({ resource, live, object }) =>
    live !== undefined && drifted(object, live) ? [{ do: 'apply', resource, object, uid: live.metadata.uid } as const] : [],
  );
  // After the files that they read.
  return [...applied, ...serverEffects(world, now)];
}

/** A Secret cannot be watched: it is created again when a pod waits as if it were missing, and when somebody asked and it is. */
const missingSecrets = ({ database, config, pods, lacksSecret }: DatabaseWorld, now: number): Effect[] =>
  config !== undefined && (lacksSecret || waitsForMounts(pods, now)) ? credentialSecrets(database, config) : [];
