// What is said of a Database: its status and conditions, and what it waits for. Pure.
import { childNames, ConditionType, isTrue, POSTGRES_PORT, Reason, setConditions, timeOf, type ConditionUpdate, type DatabasePhase, type DatabaseStatus, type Upgrade } from '@postgres-operator/api';
import type { CheckPlan } from './check/plan.ts';
import { checkStatus, verifyingWait } from './check/words.ts';
import { decideClone, type CloneWait } from './clone/decide-clone.ts';
import { degradation, trialOf } from './degradation.ts';
import type { DatabaseWorld } from './world.ts';
import { isUp } from './phase.ts';
import { rolloutWords } from './rollout/rollout.ts';
import { primaryOf, readyServers } from './rollout/servers.ts';
import { hasStandbys } from './standbys.ts';
import { storageGrown } from './storage/growth.ts';
import { upgradeStatus, type UpgradePlan } from './upgrade/decide.ts';
import { checkingProgress, upgradePossible, upgradeWait, wayBack } from './upgrade/words.ts';
import { isReady } from './trouble/pod-states.ts';
import { serverTroubles, type Trouble } from './trouble/troubles.ts';

/** What is said of a Database beside its phase. */
export interface Said {
  /** What keeps it where it is. */
  readonly blocked?: Wait;
  /** Absent where nothing was decided about checks: then what the status says of them stays. */
  readonly check?: CheckPlan;
  /** Absent where nothing was decided about upgrades. */
  readonly upgrade?: UpgradePlan['status'];
}

/** The status of a Database in a phase at a moment (milliseconds since the epoch). */
export function statusOf(world: DatabaseWorld, phase: DatabasePhase, now: number, said: Said): DatabaseStatus {
  const { metadata, status } = world.database;
  const generation = metadata.generation ?? 0;
  const upgrade = said.upgrade ?? upgradeStatus(status);
  const conditions = setConditions(status?.conditions, conditionsOf(world, phase, now, { ...said, upgrade }), { generation, now: timeOf(now) });
  return {
    phase,
    ready: phase === 'Ready',
    ...addresses(world, phase),
    ...(said.check?.status ?? checkStatus(status)),
    readyReplicas: readyServers(world),
    ...decideClone(world.database, world.clone).fields,
    ...upgrade,
    observedGeneration: generation,
    conditions,
  };
}

/** Where clients find the servers, as soon as the primary is ready. Kept for good: that there is an endpoint says that the database is not new, see `isNew`. */
function addresses(world: DatabaseWorld, phase: DatabasePhase): Pick<DatabaseStatus, 'endpoint' | 'readOnlyEndpoint' | 'secretName'> {
  const { database, reachable } = world;
  const primary = primaryOf(world);
  const isUpNow = reachable || (primary !== undefined && isReady(primary));
  if (!isUpNow && phase !== 'Verifying' && phase !== 'Ready' && database.status?.endpoint === undefined) return {};
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

function conditionsOf(world: DatabaseWorld, phase: DatabasePhase, now: number, { blocked, check, upgrade: { upgrade } }: Said & Required<Pick<Said, 'upgrade'>>): ConditionUpdate[] {
  const troubles = serverTroubles(world, now);
  const clone = decideClone(world.database, world.clone);
  const cloning = isUp(world, phase) ? clone.wait : undefined;
  const wait = blocked ?? inShort(cloning) ?? waitOf(world, phase, { troubles, check, upgrade });
  const halted = phase === 'Failed' || isHalted(cloning);
  return [
    { type: ConditionType.Ready, status: phase === 'Ready' ? 'True' : 'False', ...wait },
    phase === 'Ready' && blocked === undefined ? completion(world, upgrade) : { type: ConditionType.Progressing, status: halted ? 'False' : 'True', ...wait },
    degradedBy(troubles, wayBack(world.database.status)) ?? degradation(world, upgrade),
    ...clone.conditions,
    ...(check?.conditions ?? []),
    ...storageGrown(world),
    ...upgradePossible(upgrade),
    ...stalled(world, halted, wait),
  ];
}

const COMPLETE: ConditionUpdate = { type: ConditionType.Progressing, status: 'False', reason: 'ReconciliationComplete', message: 'Nothing is left to do' };

const completion = (world: DatabaseWorld, upgrade: Upgrade | undefined): ConditionUpdate => checkingProgress(upgrade) ?? tryingParameters(world) ?? COMPLETE;

/** The servers do what they did while parameters are tried. */
const tryingParameters = (world: DatabaseWorld): ConditionUpdate | undefined =>
  trialOf(world).underWay ? { type: ConditionType.Progressing, status: 'True', reason: 'TryingParameters', message: 'PostgreSQL looks at spec.parameters before the servers get them' } : undefined;

const words = (troubles: readonly Trouble[]): string => troubles.map(({ message }) => message).join('; ');

const degradedBy = ([first, ...rest]: readonly Trouble[], hint: string): ConditionUpdate | undefined => first && { type: ConditionType.Degraded, status: 'True', reason: first.reason, message: `${words([first, ...rest])}${hint}` };

const isHalted = (wait: CloneWait | undefined): boolean => wait?.halted === true;

const inShort = (wait: Wait | undefined): Wait | undefined => wait && { reason: wait.reason, message: wait.message };

interface Seen {
  readonly troubles: readonly Trouble[];
  readonly check: CheckPlan | undefined;
  readonly upgrade: Upgrade | undefined;
}

/** What a phase waits for: while servers are waited for, how far they are and what keeps them. */
function waitOf({ statefulSet }: DatabaseWorld, phase: DatabasePhase, { troubles, check, upgrade }: Seen): Wait {
  if (phase === 'Verifying' && check !== undefined) return verifyingWait(check, WAITS.Verifying);
  if (phase !== 'Deploying' && phase !== 'Failed') return WAITS[phase];
  const fenced = upgradeWait(upgrade);
  if (fenced !== undefined) return fenced;
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
