// What is said of an upgrade: in conditions, in Events and in the log. Pure.
import { ConditionType, isFencedStep, isUpgrading, type ConditionUpdate, type DatabaseStatus, type Upgrade, type UpgradeStep } from '@postgres-operator/api';
import type { Notice } from '../../reconcile/plan.ts';

/** The reason of conditions and Events about an upgrade that goes its way. People look for "update" in the log. */
const UNDER_WAY = 'MajorUpdate';

const STEP_WORDS: Readonly<Record<UpgradeStep, string>> = {
  Checking: 'looking whether the data can go there',
  Fencing: 'clients are kept out from now on',
  BackingUp: 'a Backup is taken that holds all of it',
  Switching: 'one server is started with the new image',
  Loading: 'the Backup is loaded into it',
  Serving: 'clients are let in again, and standbys follow',
  Done: 'the servers run with it',
  Returning: 'the servers of before come back with their data',
  Refused: 'it is not made, and nothing was touched',
  Checked: 'it can be made',
  Failed: 'it ended before its time, and the servers of before run with their data',
};

const title = ({ from, to, goesBack, dryRun }: Upgrade): string => `${dryRun ? 'Dry run of a major' : 'Major'} update from ${from.image} ${goesBack ? 'back ' : ''}to ${to.image}`;

/** Where an upgrade is, for a person. */
export function upgradeWords(upgrade: Upgrade): string {
  const { step, goesBack, percent, estimatedCompletionTime, message } = upgrade;
  const words = goesBack && step === 'Switching' ? 'one server is started with the data of before' : STEP_WORDS[step];
  const progress = percent === undefined ? '' : ` (${percent} %)`;
  const end = estimatedCompletionTime === undefined || !isFencedStep(step) ? '' : `; clients are probably let in at ${estimatedCompletionTime}`;
  return `${title(upgrade)}: ${step}: ${words}${progress}${end}${message === undefined ? '' : `: ${message}`}${step === 'Done' ? sumOf(upgrade) : ''}${step === 'Checked' ? forecast(upgrade) : ''}`;
}

const MEBIBYTE = 2 ** 20;

function forecast({ bytes = 0, neededBytes = 0, tables, estimatedSeconds, notes = [] }: Upgrade): string {
  const size = `${Math.ceil(bytes / MEBIBYTE)} MiB in ${tables} tables`;
  return `; ${size}: clients would be kept out for about ${estimatedSeconds} s, and the new copy takes about ${Math.ceil(neededBytes / MEBIBYTE)} MiB more of the volume${notes.map((note) => `; ${note}`).join('')}`;
}

/** Condition UpgradePossible: what a dry run has found. */
export function upgradePossible(upgrade: Upgrade | undefined): ConditionUpdate[] {
  if (!upgrade?.dryRun || upgrade.finishedAt === undefined) return [];
  const status = upgrade.step === 'Checked' ? 'True' : upgrade.step === 'Refused' ? 'False' : 'Unknown';
  return [{ type: ConditionType.UpgradePossible, status, reason: upgrade.reason ?? upgrade.step, message: upgradeWords(upgrade) }];
}

function sumOf({ from, fencedAt, servedAt, rows, tables, goesBack, backup }: Upgrade): string {
  const outage = fencedAt !== undefined && servedAt !== undefined ? `; clients were kept out for ${(Date.parse(servedAt) - Date.parse(fencedAt)) / 1000} s` : '';
  if (goesBack) return `${outage}; what was written since the update is in ${backup === undefined ? `the data of ${from.image}, which is kept, and in no Backup` : `Backup ${backup}`} and not in the database`;
  return `${outage}${rows === undefined ? '' : `; ${rows} rows of ${tables} tables, counted on both sides`}`;
}

/** The reason of an upgrade that ended because nobody asks for it any more. */
export const CANCELLED = 'UpgradeCancelled';

/** What people hear when a step begins. */
export function noticeOf(upgrade: Upgrade): Notice {
  const { step, reason } = upgrade;
  const isTrouble = (step === 'Returning' || step === 'Refused' || step === 'Failed') && reason !== CANCELLED;
  return { what: `major update: ${step}`, reason: isTrouble ? (reason ?? UNDER_WAY) : UNDER_WAY, message: upgradeWords(upgrade), ...(!isTrouble && { type: 'Normal' as const }) };
}

/** What a Database waits for while clients are kept out of it, or while something keeps it from going back. */
export function upgradeWait(upgrade: Upgrade | undefined): { reason: string; message: string } | undefined {
  if (upgrade === undefined) return undefined;
  const keeps = isUpgrading(upgrade.step) && upgrade.goesBack ? upgrade.reason : undefined;
  return keeps !== undefined || isFencedStep(upgrade.step) ? { reason: keeps ?? UNDER_WAY, message: upgradeWords(upgrade) } : undefined;
}

/** What to say beside the trouble of servers while there is data to go back to. */
export const wayBack = ({ upgrade, previous }: DatabaseStatus = {}): string =>
  previous === undefined || previous.unsaved || isUpgrading(upgrade?.step) ? '' : `; the data of ${previous.image} is kept: that image in spec.image goes back to it`;

/** Condition Progressing of a Database that serves while it is looked whether it can be upgraded. */
export const checkingProgress = (upgrade: Upgrade | undefined): ConditionUpdate | undefined =>
  upgrade?.step === 'Checking' ? { type: ConditionType.Progressing, status: 'True', reason: UNDER_WAY, message: upgradeWords(upgrade) } : undefined;

/** Condition Degraded of a Database whose data is of another major version than its spec asks for. */
export function otherMajor(upgrade: Upgrade | undefined): ConditionUpdate {
  const type = ConditionType.Degraded;
  if (upgrade === undefined || isUpgrading(upgrade.step)) return { type, status: 'False', reason: UNDER_WAY, message: 'The major version in spec.image is on its way into force' };
  const again = 'Mend that and annotate the Database with database.example.com/upgrade and a new value, and it is tried again; or put the old image back into spec.image';
  return { type, status: 'True', reason: upgrade.step === 'Refused' ? 'MajorUpdateRefused' : 'MajorUpdateFailed', message: `${upgradeWords(upgrade)}. ${again}` };
}
