// The steps of an upgrade from the fence on: each looks at the world, and goes on when its work is done. Pure.
import { findCondition, ConditionType, timeOf, type Upgrade, type UpgradeLoadSucceeded } from '@postgres-operator/api';
import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import { isEndedJob } from '../../run/work.ts';
import { isObserved, isUpdated } from '../rollout/rollout.ts';
import { primaryIsUp, primaryOf, rolledOut } from '../rollout/servers.ts';
import { isReady } from '../trouble/pod-states.ts';
import { serverTroubles } from '../trouble/troubles.ts';
import { desiredUpgradeBackup } from './desired-backup.ts';
import { goesWithout, howToGoWithout } from './going-without.ts';
import { upgradeBackupName } from './identity.ts';
import { expected, goTo, stay, takeBack, type More, type Seen, type Turn } from './turn.ts';
import { jobOf, stopWork, workOf } from './work.ts';
import { workLeft } from './world.ts';

/** A new server that is in trouble this long after its step began is given up: clients wait. Short troubles pass, such as files that a pod gets a minute late. */
const TROUBLE_MS = 90_000;
/** What does not pass by waiting. */
const FULL = /no space left on device/i;
/** As many as a status takes. */
const MAX_NOTES = 32;
/** A server that comes back is mostly there by then. */
const RETURN_MS = 20_000;
/** A new server is initialised in seconds. */
const PATIENCE_MS = 600_000;

/** Nobody gets in any more, and whoever is in is sent away; what is on the server beside the database goes into the hand-over file. */
export function fencing(seen: Seen): Turn {
  const { world } = seen;
  if (world.routed) return stay(seen, { message: 'Waiting until no Service leads to a server' });
  if (world.checks.some(({ job }) => !isEndedJob(job))) return stay(seen, { message: 'Waiting for the end of a consistency check' });
  const prepared = workOf(seen, { work: 'prepare' }, 'upgradePrepare');
  return 'turn' in prepared ? prepared.turn : goTo(seen, 'BackingUp');
}

/** Everything goes into a Backup, and nothing may have been written since the fence. */
export function backingUp(seen: Seen): Turn {
  const { world: { database, upgrade: { backup } }, upgrade, now } = seen;
  const name = upgradeBackupName(database, upgrade);
  if (backup === undefined) return stay(seen, { backup: name, message: `Creating Backup ${name}` }, { effects: [{ do: 'createIfAbsent', resource: 'backups', object: desiredUpgradeBackup(database, upgrade) }] });
  const { phase, progress, conditions } = backup.status ?? {};
  const { reason = '', message = '' } = findCondition(conditions, ConditionType.BackupReady) ?? {};
  if (phase === 'Failed') return takeBack(seen, { reason: 'UpgradeBackupFailed', message: `Backup ${name} failed (${reason}: ${message})` });
  if (phase !== 'Completed') return stay(seen, { message: `Backup ${name}: ${message}`, ...(progress && { percent: progress.percent }), ...expected(upgrade, now) });
  const verified = workOf(seen, { work: 'verify' }, 'upgradeVerify');
  if ('turn' in verified) return verified.turn;
  const written = verified.result.findings.map((finding) => finding.message).join('; ');
  return written === '' ? goTo(seen, 'Switching') : takeBack(seen, { reason: 'WrittenSince', message: `It is not certain that nothing was written while no Service led to the server: ${written}. Ask again when nobody reaches its pod by another way, and nobody ends it meanwhile` });
}

/** One server remains, and becomes one of the other major; going back, its data is there already. */
export function switching(seen: Seen): Turn {
  const { world, upgrade, now } = seen;
  if (primaryIsUp(world, now)) return upgrade.goesBack ? serve(seen, {}) : goTo(seen, 'Loading');
  return missingServer(seen) ?? stay(seen, { message: `Waiting for the server with ${upgrade.to.image}`, ...expected(upgrade, now) }, { effects: replaceBroken(world) });
}

/** The server of before, when it is not ready: its StatefulSet would wait for that before it replaces it. */
function replaceBroken(world: Seen['world']): Effect[] {
  const { statefulSet } = world;
  const primary = primaryOf(world);
  if (primary === undefined || statefulSet === undefined || !isObserved(statefulSet) || isReady(primary)) return [];
  return primary.metadata.deletionTimestamp === undefined && !isUpdated(primary, statefulSet) ? deletionOf('pods', primary) : [];
}

/** The Backup goes into the new server. */
export function loading(seen: Seen): Turn {
  const { world, upgrade, now } = seen;
  const { backup, progress } = world.upgrade;
  if (backup?.status?.phase !== 'Completed') return takeBack(seen, { reason: 'BackupMissing', message: `Backup ${upgrade.backup ?? ''} is gone` });
  if (jobOf(seen, 'load') === undefined && !primaryIsUp(world, now)) return missingServer(seen) ?? stay(seen, { message: 'Waiting for the new server' });
  const loaded = workOf(seen, { work: 'load', backup }, 'upgradeLoad');
  if ('turn' in loaded) return progress === undefined ? loaded.turn : withProgress(loaded.turn, progress, now);
  return afterLoad(seen, loaded.result);
}

function afterLoad(seen: Seen, { tables, rows, notes, restartNeeded, finishedAt }: UpgradeLoadSucceeded): Turn {
  if (restartNeeded && !startedSince(seen, finishedAt)) return restart(seen);
  if (!primaryIsUp(seen.world, seen.now)) return missingServer(seen) ?? stay(seen, { message: 'Waiting for the new server, which starts with the settings of the old one' });
  const all = [...new Set([...(seen.upgrade.notes ?? []), ...notes])].slice(0, MAX_NOTES);
  return serve(seen, { tables, rows, ...(all.length > 0 && { notes: all }) });
}

/** The server of a pod that was made since a moment has read all settings. */
const startedSince = ({ world }: Seen, time: string): boolean => Date.parse(primaryOf(world)?.metadata.creationTimestamp ?? '') >= Math.floor(Date.parse(time) / 1000) * 1000;

/** Some of what ALTER SYSTEM had set is read at a start only. */
function restart(seen: Seen): Turn {
  const primary = primaryOf(seen.world);
  return stay(seen, { message: 'The new server starts once more, with the settings of the old one' }, { effects: primary === undefined ? [] : deletionOf('pods', primary) });
}

/** Clients come in again. What they write from now on is in the new data only. */
function serve(seen: Seen, found: Partial<Upgrade>): Turn {
  const { from, goesBack, backup } = seen.upgrade;
  const replacedAt = timeOf(seen.now);
  const unsaved = goesBack === true && backup === undefined;
  const kept: More['kept'] = goesBack && !unsaved ? {} : { previousImage: from.image, previous: { ...from, replacedAt, ...(unsaved && { unsaved }) } };
  return goTo(seen, 'Serving', { ...found, servedAt: replacedAt }, { kept });
}

/** The standbys follow the new primary. */
export function serving(seen: Seen): Turn {
  const { world, now } = seen;
  return world.reachable && rolledOut(world, now) ? goTo(seen, 'Done', { finishedAt: timeOf(now) }) : stay(seen, {});
}

/** The servers of before come back, with the data that they had. Clients come in when the old primary is there again, not before. */
export function returning(seen: Seen): Turn {
  const { world, upgrade, now } = seen;
  const { reason = '', message = '' } = upgrade;
  const why = { reason, message };
  if (workLeft(world.upgrade)) return stay(seen, why, { effects: stopWork(world.upgrade) });
  if (primaryIsUp(world, now)) return goTo(seen, 'Failed', { ...why, finishedAt: timeOf(now) }, { effects: stopWork(world.upgrade) });
  if (goesWithout(seen)) return goTo(seen, 'Switching');
  const isStuck = upgrade.goesBack && now - Date.parse(upgrade.stepStartedAt) > RETURN_MS;
  return stay(seen, isStuck ? howToGoWithout(seen) : why, { effects: replaceBroken(world) });
}

/** What follows where the server of the new major does not come up. */
function missingServer(seen: Seen): Turn | undefined {
  const { world, upgrade, now } = seen;
  const waited = now - Date.parse(upgrade.stepStartedAt);
  const [first] = serverTroubles(world, now);
  if (first !== undefined && FULL.test(first.message)) return takeBack(seen, { reason: 'InsufficientSpace', message: `the new copy filled the volume: ${first.message}` });
  if (first !== undefined && waited > TROUBLE_MS) return takeBack(seen, first);
  return waited > PATIENCE_MS * upgrade.attempt ? takeBack(seen, { reason: 'ServerNotReady', message: `The server with ${upgrade.to.image} was not ready within ${PATIENCE_MS / 60_000} minutes` }) : undefined;
}

function withProgress(turn: Turn, { percent, secondsLeft }: NonNullable<Seen['world']['upgrade']['progress']>, now: number): Turn {
  if (turn.upgrade.step !== 'Loading') return turn;
  return { ...turn, upgrade: { ...turn.upgrade, percent, ...(secondsLeft !== undefined && { estimatedCompletionTime: timeOf(now + secondsLeft * 1000) }) } };
}
