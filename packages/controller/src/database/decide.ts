// Where a Database is and what to do next. Pure: the same world gives the same plan.
import {
  childNames,
  ConditionType,
  DATABASE_FINALIZER,
  DATABASE_PHASES,
  findCondition,
  isTrue,
  POSTGRES_PORT,
  Reason,
  specViolation,
  type ConditionUpdate,
  type DatabasePhase,
  type DatabaseStatus,
} from '@postgres-operator/api';
import type { Writable } from '../kube/client.ts';
import { drifted } from '../reconcile/drift.ts';
import type { Effect, Plan } from '../reconcile/plan.ts';
import { decideCheck, type CheckPlan } from './check/decide.ts';
import type { CheckId } from './check/desired-check.ts';
import { checkStatus, verifyingWait } from './check/words.ts';
import { decideClone, type CloneWait } from './clone/decide-clone.ts';
import { isOwnerYoung } from './ask-for-secrets.ts';
import { withConditions } from './conditions.ts';
import { decideDeletion } from './deletion/decide.ts';
import { desiredFinalBackup, finalBackup } from './deletion/final-backup.ts';
import { degradation, supportedSpec, trialOf } from './degradation.ts';
import { desiredConfigMap } from './children/desired-config-map.ts';
import { credentialSecrets } from './children/desired-secrets.ts';
import { desiredDisruptionBudget } from './children/desired-disruption-budget.ts';
import { desiredHeadlessService, desiredReadOnlyService, desiredService } from './children/desired-services.ts';
import { desiredStatefulSet } from './children/desired-stateful-set.ts';
import type { DatabaseWorld } from './observe.ts';
import { waitsForMounts } from './pods.ts';
import { rolloutWords } from './rollout/rollout.ts';
import { serverEffects } from './rollout/servers.ts';
import { hasStandbys, isNew, standbyLabels } from './standbys.ts';
import { storageGrown } from './storage/growth.ts';
import { retiredClaims } from './storage/retired-claims.ts';
import { isGivenUp } from './trouble/failed.ts';
import { serverTroubles, type Trouble } from './trouble/troubles.ts';

/** What a decision about a Database comes to. */
export interface DatabasePlan extends Plan<DatabaseStatus> {
  /** A consistency check to start, after the effects. */
  readonly check?: CheckId;
}

/** How often to look at pods that wait: their age is part of what decides, and no event tells that time has passed. */
const RECHECK_MS = 10_000;
/** How often to look at a Database that is Ready: no event tells that a Secret was deleted, or that a volume may grow after all. */
const RESYNC_MS = 300_000;

/** Decides about a Database at a moment (milliseconds since the epoch). */
export function decideDatabase(world: DatabaseWorld, now: number): DatabasePlan {
  if (world.database.metadata.deletionTimestamp === undefined) return decideLife(world, now);
  const backup = finalBackup(world);
  return backup === undefined ? decideDeletion(world, now) : awaitFinalBackup(world, backup, now);
}

/** A deleted Database is looked after until its final Backup is there. That is written down before anything is taken down. */
function awaitFinalBackup(world: DatabaseWorld, { condition, settled, missing }: NonNullable<ReturnType<typeof finalBackup>>, now: number): DatabasePlan {
  const { database } = world;
  const life = settled ? { effects: [], status: database.status ?? {} } : decideLife(world, now);
  const effects = missing ? [{ do: 'createIfAbsent', resource: 'backups', object: desiredFinalBackup(database) } as const, ...life.effects] : life.effects;
  const status = { ...life.status, conditions: withConditions(life.status, [condition], { generation: database.metadata.generation ?? 0, now }) };
  const isNews = condition.status === 'False' && condition.reason !== Reason.FinalBackupInProgress && findCondition(database.status?.conditions, condition.type)?.reason !== condition.reason;
  return { ...life, effects, status, ...(isNews && { notice: { what: 'is deleted', reason: condition.reason, message: condition.message } }) };
}

function decideLife(world: DatabaseWorld, now: number): DatabasePlan {
  const { database } = world;
  const violation = specViolation(database);
  if (violation !== undefined) return { effects: [], status: statusOf(world, 'Failed', now, { blocked: { reason: Reason.InvalidSpec, message: violation } }) };
  if (!database.metadata.finalizers?.includes(DATABASE_FINALIZER)) {
    return { effects: [addFinalizer(world)] };
  }
  const check = decideCheck(world, { now, rolledOut: rolledOut(world) });
  const phase = nextPhase(world, now, check.passed);
  const effects = [...missingChildren(world, phase), ...driftedChildren(world, now), ...trialOf(world).effects, ...unwantedChildren(world), ...missingSecrets(world, now), ...standbyLabels(world), ...retiredClaims(world), ...(isUp(world, phase) ? decideClone(database, world.clone).effects : []), ...check.effects];
  const requeueAfterMs = Math.min(check.requeueAfterMs ?? Infinity, phase === 'Ready' && !isOwnerYoung(world, now) ? RESYNC_MS : RECHECK_MS);
  return { effects, status: statusOf(world, phase, now, { check }), ...(check.start && { check: check.start }), ...(check.notice && { notice: check.notice }), requeueAfterMs };
}

/** The status when an effect failed: the phase stays where it got to, and the condition says why. */
export const blockedStatus = (world: DatabaseWorld, now: number, blocked: { reason: string; message: string }): DatabaseStatus =>
  statusOf(world, world.database.status?.phase ?? 'Pending', now, { blocked });

/** One step on the way at a time, and back to the step that is no longer true. */
function nextPhase(world: DatabaseWorld, now: number, consistent: boolean): DatabasePhase {
  const current = world.database.status?.phase;
  if (isGivenUp(world.database, serverTroubles(world, now), now)) return 'Failed';
  if (current === undefined || current === 'Failed') return 'Pending';
  const target = DATABASE_PHASES.indexOf(targetPhase(world, consistent));
  const step = Math.min(DATABASE_PHASES.indexOf(current) + 1, target);
  return DATABASE_PHASES[step] ?? 'Pending';
}

function targetPhase(world: DatabaseWorld, consistent: boolean): DatabasePhase {
  if (world.config === undefined || world.statefulSet === undefined) return 'Provisioning';
  if (wantedServices(world).some(({ live }) => live === undefined)) return 'Configuring';
  if (!rolledOut(world)) return 'Deploying';
  return world.reachable && consistent && decideClone(world.database, world.clone).wait === undefined ? 'Ready' : 'Verifying';
}

/** True when every server that is wanted runs the newest template and is ready. */
function rolledOut({ statefulSet }: DatabaseWorld): boolean {
  const status = statefulSet?.status;
  const wanted = statefulSet?.spec?.replicas ?? 1;
  if (status === undefined || status.observedGeneration !== statefulSet?.metadata.generation) return false;
  return (status.readyReplicas ?? 0) >= wanted && (status.updatedReplicas ?? 0) >= wanted;
}

function missingChildren(world: DatabaseWorld, phase: DatabasePhase): Effect[] {
  const { database, config, statefulSet } = world;
  if (phase === 'Provisioning') {
    // The Secrets are owned by the ConfigMap, so its UID has to be known first.
    if (config === undefined) return [{ do: 'ensure', resource: 'configMaps', object: desiredConfigMap(database, isNew(world)) }];
    if (statefulSet === undefined) return [...credentialSecrets(database, config), { do: 'ensure', resource: 'statefulSets', object: desiredStatefulSet(database) }];
  }
  const budget = world.disruptionBudget === undefined && statefulSet !== undefined ? [{ do: 'ensure', resource: 'disruptionBudgets', object: desiredDisruptionBudget(database) } as const] : [];
  if (phase !== 'Configuring') return phase === 'Pending' || phase === 'Provisioning' ? [] : budget;
  return wantedServices(world).flatMap(({ live, object }) => (live === undefined ? [{ do: 'ensure', resource: 'services', object } as const] : []));
}

interface WantedService {
  readonly resource: 'services';
  readonly live: DatabaseWorld['service'];
  readonly object: Writable;
}

function wantedServices({ database, service, headlessService, readOnlyService }: DatabaseWorld): WantedService[] {
  return [
    { resource: 'services', live: service, object: desiredService(database) },
    { resource: 'services', live: headlessService, object: desiredHeadlessService(database) },
    ...(hasStandbys(database) ? [{ resource: 'services', live: readOnlyService, object: desiredReadOnlyService(database) } as const] : []),
  ];
}

/** Service <db>-ro goes with the last standby. */
function unwantedChildren({ database, readOnlyService }: DatabaseWorld): Effect[] {
  if (hasStandbys(database) || readOnlyService === undefined || readOnlyService.metadata.deletionTimestamp !== undefined) return [];
  const { name, namespace, uid } = readOnlyService.metadata;
  return [{ do: 'delete', resource: 'services', target: { name, namespace, uid }, propagation: 'Background' }];
}

function driftedChildren(world: DatabaseWorld, now: number): Effect[] {
  const database = supportedSpec(world);
  const children = [
    { resource: 'configMaps', live: world.config, object: desiredConfigMap(database, isNew(world)) },
    { resource: 'disruptionBudgets', live: world.disruptionBudget, object: desiredDisruptionBudget(database) },
    ...wantedServices(world),
  ] as const;
  const applied = children.flatMap(({ resource, live, object }) =>
    live !== undefined && drifted(object, live) ? [{ do: 'apply', resource, object, uid: live.metadata.uid } as const] : [],
  );
  // After the files that they read.
  return [...applied, ...serverEffects(world, database, now)];
}

/** A Secret cannot be watched: it is created again when a pod waits as if it were missing, and when somebody asked and it is. */
const missingSecrets = ({ database, config, pods, lacksSecret }: DatabaseWorld, now: number): Effect[] =>
  config !== undefined && (lacksSecret || waitsForMounts(pods, now)) ? credentialSecrets(database, config) : [];

const addFinalizer = ({ database }: DatabaseWorld): Effect => {
  const { name, namespace, uid } = database.metadata;
  return { do: 'setFinalizers', object: { apiVersion: database.apiVersion, kind: database.kind, metadata: { name, namespace, uid, finalizers: [DATABASE_FINALIZER] } } };
};

/** What is said of a Database beside its phase. */
interface Said {
  /** What keeps it where it is. */
  readonly blocked?: Wait;
  /** Absent where nothing was decided about checks: then what the status says of them stays. */
  readonly check?: CheckPlan;
}

function statusOf(world: DatabaseWorld, phase: DatabasePhase, now: number, said: Said): DatabaseStatus {
  const { metadata, status } = world.database;
  const generation = metadata.generation ?? 0;
  const conditions = withConditions(status, conditionsOf(world, phase, now, said), { generation, now });
  return {
    phase,
    ready: phase === 'Ready',
    ...addresses(world, phase),
    ...(said.check?.status ?? checkStatus(status)),
    readyReplicas: world.statefulSet?.status?.readyReplicas ?? 0,
    ...decideClone(world.database, world.clone).fields,
    observedGeneration: generation,
    conditions,
  };
}

/** Where clients find the servers. Kept for good: that there is an endpoint says that the database is not new, see `isNew`. */
function addresses({ database, reachable }: DatabaseWorld, phase: DatabasePhase): Pick<DatabaseStatus, 'endpoint' | 'readOnlyEndpoint' | 'secretName'> {
  if (!reachable && phase !== 'Verifying' && phase !== 'Ready' && database.status?.endpoint === undefined) return {};
  const { name, namespace } = database.metadata;
  const { service, readOnlyService, credentials } = childNames(name);
  const host = (child: string): string => `${child}.${namespace}.svc.cluster.local:${POSTGRES_PORT}`;
  return { endpoint: host(service), ...(hasStandbys(database) && { readOnlyEndpoint: host(readOnlyService) }), secretName: credentials };
}

interface Wait {
  readonly reason: string;
  readonly message: string;
}

const WAITS: Readonly<Record<DatabasePhase, Wait>> = {
  Pending: { reason: 'Pending', message: 'The Database was accepted' },
  Provisioning: { reason: 'Provisioning', message: 'Creating Secrets, configuration and StatefulSet' },
  Configuring: { reason: 'Configuring', message: 'Creating Services' },
  Deploying: { reason: 'WaitingForReplicas', message: 'Waiting for the servers to be ready' },
  Verifying: { reason: 'Verifying', message: 'All replicas ready, checking consistency' },
  Ready: { reason: Reason.AllChecksPassed, message: 'The database takes connections, and its servers are consistent' },
  Failed: { reason: 'Failed', message: 'The Database cannot be brought up' },
};

function conditionsOf(world: DatabaseWorld, phase: DatabasePhase, now: number, { blocked, check }: Said): ConditionUpdate[] {
  const troubles = serverTroubles(world, now);
  const clone = decideClone(world.database, world.clone);
  const cloning = isUp(world, phase) ? clone.wait : undefined;
  const wait = blocked ?? inShort(cloning) ?? waitOf(world, phase, { troubles, check });
  const halted = phase === 'Failed' || isHalted(cloning);
  const ready = phase === 'Ready' && blocked === undefined;
  return [
    { type: ConditionType.Ready, status: phase === 'Ready' ? 'True' : 'False', ...wait },
    ready ? completion(world) : { type: ConditionType.Progressing, status: halted ? 'False' : 'True', ...wait },
    degradedBy(troubles) ?? degradation(world),
    ...clone.conditions,
    ...(check?.conditions ?? []),
    ...storageGrown(world),
    ...stalled(world, halted, wait),
  ];
}

const COMPLETE: ConditionUpdate = { type: ConditionType.Progressing, status: 'False', reason: 'ReconciliationComplete', message: 'Nothing is left to do' };

/** The servers do what they did while parameters are tried. */
const completion = (world: DatabaseWorld): ConditionUpdate =>
  trialOf(world).underWay ? { type: ConditionType.Progressing, status: 'True', reason: 'TryingParameters', message: 'PostgreSQL looks at spec.parameters before the servers get them' } : COMPLETE;

/** True when the primary can be worked with, and the Database is not Ready yet. */
const isUp = ({ reachable }: DatabaseWorld, phase: DatabasePhase): boolean => phase === 'Verifying' && reachable;

const words = (troubles: readonly Trouble[]): string => troubles.map(({ message }) => message).join('; ');

const degradedBy = ([first, ...rest]: readonly Trouble[]): ConditionUpdate | undefined => first && { type: ConditionType.Degraded, status: 'True', reason: first.reason, message: words([first, ...rest]) };

const isHalted = (wait: CloneWait | undefined): boolean => wait?.halted === true;

const inShort = (wait: Wait | undefined): Wait | undefined => wait && { reason: wait.reason, message: wait.message };

/** What a phase waits for: while servers are waited for, how far they are and what keeps them. */
function waitOf({ statefulSet }: DatabaseWorld, phase: DatabasePhase, { troubles, check }: { readonly troubles: readonly Trouble[]; readonly check: CheckPlan | undefined }): Wait {
  if (phase === 'Verifying' && check !== undefined) return verifyingWait(check, WAITS.Verifying);
  if (phase !== 'Deploying' && phase !== 'Failed') return WAITS[phase];
  const rolling = statefulSet && rolloutWords(statefulSet, troubles);
  const wait = rolling === undefined || phase === 'Failed' ? WAITS[phase] : { reason: 'RollingUpdate', message: rolling };
  const [first] = troubles;
  return first === undefined ? wait : { reason: first.reason, message: `${wait.message}; ${words(troubles)}` };
}

/** Stalled is only there for a Database that has Failed, or whose content could not be brought, now or before: generic tools read it as "will not go on by itself". */
function stalled({ database }: DatabaseWorld, halted: boolean, { reason, message }: { reason: string; message: string }): ConditionUpdate[] {
  if (halted) return [{ type: ConditionType.Stalled, status: 'True', reason, message }];
  return isTrue(database.status?.conditions, ConditionType.Stalled) ? [{ type: ConditionType.Stalled, status: 'False', reason: 'Retrying', message: 'The Database goes on' }] : [];
}
