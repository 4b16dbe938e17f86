// What to do about a Database, and what to say of it. Pure: the same world gives the same plan.
import { DATABASE_FINALIZER, findCondition, isFencedStep, Reason, setConditions, specViolation, timeOf, type DatabaseStatus } from '@postgres-operator/api';
import type { Effect, Plan } from '../reconcile/plan.ts';
import { isOwnerYoung } from './ask-for-secrets.ts';
import { decideCheck, restingCheck } from './check/decide.ts';
import type { CheckId } from './check/desired-check.ts';
import { decideClone } from './clone/decide-clone.ts';
import { decideDeletion } from './deletion/decide.ts';
import { desiredFinalBackup, finalBackup } from './deletion/final-backup.ts';
import type { DatabaseWorld } from './world.ts';
import { isUp, nextPhase } from './phase.ts';
import { rolledOut } from './rollout/servers.ts';
import { statusOf } from './status.ts';
import { decideUpgrade } from './upgrade/decide.ts';
import type { UpgradeJob } from './upgrade/desired-work.ts';
import { childEffects } from './wanted-children.ts';

/** What a decision about a Database comes to. */
export interface DatabasePlan extends Plan<DatabaseStatus> {
  /** A consistency check to start, after the effects. */
  readonly check?: CheckId;
  /** A Job of an upgrade to start, after the effects. */
  readonly upgrade?: UpgradeJob;
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
  const status = { ...life.status, conditions: setConditions(life.status?.conditions, [condition], { generation: database.metadata.generation ?? 0, now: timeOf(now) }) };
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
  return decideServers(world, now);
}

function decideServers(world: DatabaseWorld, now: number): DatabasePlan {
  const { database } = world;
  const upgrade = decideUpgrade(world, now);
  const check = isFencedStep(database.status?.upgrade?.step) ? restingCheck(world) : decideCheck(world, { now, rolledOut: rolledOut(world, now) });
  const phase = nextPhase(world, now, check.passed);
  const effects = [...childEffects(world, phase, now), ...(isUp(world, phase) ? decideClone(database, world.clone).effects : []), ...check.effects, ...upgrade.effects];
  const soonest = [check.requeueAfterMs, upgrade.requeueAfterMs].filter((pause) => pause !== undefined);
  const requeueAfterMs = Math.min(...soonest, phase === 'Ready' && !isOwnerYoung(world, now) ? RESYNC_MS : RECHECK_MS);
  const notice = upgrade.notice ?? check.notice;
  return { effects, status: statusOf(world, phase, now, { check, upgrade: upgrade.status }), ...(check.start && { check: check.start }), ...(upgrade.job && { upgrade: upgrade.job }), ...(notice && { notice }), requeueAfterMs };
}

/** The status when an effect failed: the phase stays where it got to, and the condition says why. */
export const blockedStatus = (world: DatabaseWorld, now: number, blocked: { reason: string; message: string }): DatabaseStatus =>
  statusOf(world, world.database.status?.phase ?? 'Pending', now, { blocked });

const addFinalizer = ({ database }: DatabaseWorld): Effect => {
  const { name, namespace, uid } = database.metadata;
  return { do: 'setFinalizers', object: { apiVersion: database.apiVersion, kind: database.kind, metadata: { name, namespace, uid, finalizers: [DATABASE_FINALIZER] } } };
};
