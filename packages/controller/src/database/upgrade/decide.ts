// A change of the major version: when it begins, one step after the other, and when the data of before goes. Pure: what is known is in the
// status, the Jobs, the Backup and the servers.
import { ANNOTATION_CHECK_UPGRADE, isUpgrading, parseDuration, timeOf, type Database, type DatabaseStatus, type Upgrade, type UpgradeStep } from '@postgres-operator/api';
import type { Effect, Notice } from '../../reconcile/plan.ts';
import { decideClone } from '../clone/decide-clone.ts';
import { majorOfImage } from '../server/image.ts';
import type { DatabaseWorld } from '../world.ts';
import { answers, askedBy, MAX_REQUEST } from './asked.ts';
import { checking } from './check-step.ts';
import type { UpgradeJob } from './desired-work.ts';
import { backingUp, fencing, loading, returning, serving, switching } from './steps.ts';
import { keptOf, takeBack, withdrawn, type Seen, type Turn } from './turn.ts';
import { versionToRun, wantedVersion } from './versions.ts';
import { stopWork } from './work.ts';
import { CANCELLED, noticeOf } from './words.ts';

/** What a look at the upgrade of a Database comes to. */
export interface UpgradePlan {
  readonly effects: readonly Effect[];
  /** A Job of a runner to start, after the effects. */
  readonly job?: UpgradeJob;
  readonly status: Pick<DatabaseStatus, 'upgrade' | 'previous' | 'previousImage'>;
  readonly notice?: Notice;
  readonly requeueAfterMs?: number;
}

/** What of a status is about upgrades. */
export const upgradeStatus = (status: DatabaseStatus | undefined): UpgradePlan['status'] => ({ ...(status?.upgrade && { upgrade: status.upgrade }), ...keptOf(status) });

/** How often to look at an upgrade, in case that an event was lost. */
const RECHECK_MS = 5_000;

const STEPS: Readonly<Record<Exclude<UpgradeStep, 'Done' | 'Refused' | 'Failed' | 'Checked'>, (seen: Seen) => Turn>> = {
  Checking: checking,
  Fencing: fencing,
  BackingUp: backingUp,
  Switching: switching,
  Loading: loading,
  Serving: serving,
  Returning: returning,
};

/** Decides what to do about the major version. */
export function decideUpgrade(world: DatabaseWorld, now: number): UpgradePlan {
  const { status } = world.database;
  const turn = turnOf(world, now);
  if (turn === undefined) return { effects: [], status: upgradeStatus(status) };
  const { upgrade, kept } = turn;
  const notice = upgrade.step !== status?.upgrade?.step ? noticeOf(upgrade) : undefined;
  return {
    effects: turn.effects,
    ...(turn.job && { job: turn.job }),
    status: { upgrade, ...kept },
    ...(notice && { notice }),
    ...(upgrade.finishedAt === undefined && { requeueAfterMs: RECHECK_MS }),
  };
}

/** Undefined when all stays as it is. */
function turnOf(world: DatabaseWorld, now: number): Turn | undefined {
  const { upgrade } = world.database.status ?? {};
  const begun = beginning(world, now);
  if (begun !== undefined) return { effects: [], upgrade: begun, kept: keptOf(world.database.status) };
  if (upgrade === undefined) return undefined;
  const seen = { world, upgrade, now };
  if (upgrade.step === 'Done' || upgrade.step === 'Refused' || upgrade.step === 'Failed' || upgrade.step === 'Checked') return atRest(seen);
  return cancelled(seen) ?? STEPS[upgrade.step](seen);
}

/** The upgrade that is asked for and that has not begun. */
function beginning(world: DatabaseWorld, now: number): Upgrade | undefined {
  if (!mayBegin(world)) return undefined;
  return versionToRun(world).major === wantedVersion(world.database).major ? dryRun(world, now) : realRun(world, now);
}

/** What another image is asked about that the data might go to. */
function dryRun(world: DatabaseWorld, now: number): Upgrade | undefined {
  const { database } = world;
  const from = versionToRun(world);
  const checkedImage = imageToCheck(database);
  const major = checkedImage === undefined ? undefined : majorOfImage(checkedImage);
  if (checkedImage === undefined || major === undefined || major <= from.major || database.status?.upgrade?.checkedImage === checkedImage) return undefined;
  return { ...commonOf(world, { from, to: { image: checkedImage, major } }, now), dryRun: true, checkedImage, step: 'Checking' };
}

/** The upgrade that the spec asks for. */
function realRun(world: DatabaseWorld, now: number): Upgrade | undefined {
  const { database } = world;
  const { upgrade, previous } = database.status ?? {};
  const [from, to] = [versionToRun(world), wantedVersion(database)];
  if (answers(upgrade, database)) return undefined;
  const goesBack = previous?.major === to.major;
  const begun = { ...commonOf(world, { from, to }, now), ...(goesBack && { goesBack }), ...(upgrade?.checkedImage !== undefined && { checkedImage: upgrade.checkedImage }) };
  if (to.major > from.major || goesBack) return { ...begun, step: 'Checking' };
  return { ...begun, step: 'Refused', finishedAt: timeOf(now), reason: 'DowngradeRefused', message: `${to.image} is older than the data, which is of PostgreSQL ${from.major}, and no data of PostgreSQL ${to.major} is kept` };
}

/** How each begins. */
function commonOf({ database }: DatabaseWorld, versions: Pick<Upgrade, 'from' | 'to'>, now: number): Omit<Upgrade, 'step'> {
  const earlierMajors = earlierOf(database.status?.upgrade, versions);
  return { ...versions, attempt: 1, ...askedBy(database), ...(earlierMajors.length > 0 && { earlierMajors }), startedAt: timeOf(now), stepStartedAt: timeOf(now) };
}

/** What never was up, or waits for the content that it is to start with, has nothing to carry over. */
const mayBegin = ({ database, statefulSet, clone }: DatabaseWorld): boolean =>
  statefulSet !== undefined && database.status?.endpoint !== undefined && !isUpgrading(database.status.upgrade?.step) && decideClone(database, clone).wait === undefined;

/** What the volumes may hold beside the two versions that an upgrade is about; and of the version that it goes to, where that was gone back from. */
function earlierOf(last: Upgrade | undefined, { from, to }: Pick<Upgrade, 'from' | 'to'>): number[] {
  if (last === undefined) return [];
  const wentBackFrom = last.step === 'Done' && last.goesBack ? [last.from.major] : [];
  const others = [last.from.major, last.to.major].filter((major) => major !== to.major);
  return [...new Set([...(last.earlierMajors ?? []), ...wentBackFrom, ...others])].filter((major) => major !== from.major);
}

/** What happens when something else is asked for meanwhile. */
function cancelled(seen: Seen): Turn | undefined {
  const { world: { database, upgrade: work }, upgrade } = seen;
  const isWanted = upgrade.dryRun ? imageToCheck(database) === upgrade.checkedImage : wantedVersion(database).major === upgrade.to.major;
  if (upgrade.step === 'Serving' || upgrade.step === 'Returning' || isWanted) return undefined;
  return takeBack({ ...seen, upgrade: withdrawn(upgrade) }, { reason: CANCELLED, message: `nobody asks for PostgreSQL ${upgrade.to.major} any more` }, { effects: stopWork(work) });
}

/** The image that is asked about. Whoever may change the spec may have it started; it gets no data. */
const imageToCheck = ({ metadata }: Database): string | undefined => metadata.annotations?.[ANNOTATION_CHECK_UPGRADE]?.slice(0, MAX_REQUEST);

/** What still changes when it is over. */
function atRest({ world, upgrade, now }: Seen): Turn | undefined {
  const { database } = world;
  const [isForgotten, isOver] = [upgrade.basis !== undefined && !upgrade.dryRun && wantedVersion(database).major !== upgrade.to.major, isLetGo(world, now)];
  return isForgotten || isOver ? { effects: [], upgrade: isForgotten ? withdrawn(upgrade) : upgrade, kept: isOver ? {} : keptOf(database.status) } : undefined;
}

/** Data of before is kept until a good Backup has what came after it, or for the time that the spec says. */
function isLetGo({ database, upgrade: { goodSince } }: DatabaseWorld, now: number): boolean {
  const { previous } = database.status ?? {};
  if (previous === undefined) return false;
  const { keepPrevious } = database.spec.upgrade ?? {};
  const keptFor = keepPrevious === undefined ? undefined : parseDuration(keepPrevious);
  return keptFor === undefined ? goodSince !== undefined && !previous.unsaved : now >= Date.parse(previous.replacedAt) + keptFor;
}
