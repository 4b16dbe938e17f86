// What the scripts in a Database's pods are told of an upgrade: see server/scripts/majors.sh. Pure.
import { isUpgrading, type Database, type DatabaseStatus, type UpgradeStep } from '@postgres-operator/api';
import { upgradeId } from './identity.ts';

/** Settings of the scripts: majors, with nothing where there is none, and yes or no. */
type Settings = Readonly<Record<string, string | number>>;

/** The steps in which data changes hands. */
const SWITCHED: readonly (UpgradeStep | undefined)[] = ['Switching', 'Loading', 'Returning'] satisfies UpgradeStep[];
/** Those in which it has. */
const SERVED: readonly (UpgradeStep | undefined)[] = ['Serving', 'Done'] satisfies UpgradeStep[];

/** Majors by what their data in the volume is. */
export function upgradeSettings({ metadata, status: { upgrade, previous } = {} }: Pick<Database, 'metadata' | 'status'>): Settings {
  return {
    // The upgrade that is under way, or the last one.
    UPGRADE_ID: upgrade === undefined ? '' : upgradeId({ metadata }, upgrade),
    ...changingHands(upgrade),
    ...settled(upgrade),
    // What stays although it was replaced; and whether everything else that was replaced, or never finished, goes.
    KEPT_MAJOR: previous?.major ?? '',
    REMOVE_OLD: upgrade !== undefined && !isUpgrading(upgrade.step) && upgrade.step !== 'Serving' ? 'yes' : 'no',
  };
}

/** From which data to which, and whether the second may be made, empty, beside the first. */
function changingHands(upgrade: DatabaseStatus['upgrade']): Settings {
  if (upgrade === undefined || !SWITCHED.includes(upgrade.step)) return { UPGRADE_FROM: '', UPGRADE_TO: '', UPGRADE_INITIALISES: 'no' };
  return { UPGRADE_FROM: upgrade.from.major, UPGRADE_TO: upgrade.to.major, UPGRADE_INITIALISES: upgrade.step === 'Returning' || upgrade.goesBack ? 'no' : 'yes' };
}

/** The data that is the database, and those which are not, or no more. */
function settled(upgrade: DatabaseStatus['upgrade']): Settings {
  if (upgrade === undefined) return { SERVED_MAJOR: '', REPLACED_MAJORS: '' };
  const { step, from, to, earlierMajors = [] } = upgrade;
  if (SWITCHED.includes(step)) return { SERVED_MAJOR: '', REPLACED_MAJORS: earlierMajors.join(' ') };
  const [served, other] = SERVED.includes(step) ? [to, from] : [from, to];
  return { SERVED_MAJOR: served.major, REPLACED_MAJORS: [...earlierMajors.filter((major) => major !== served.major && major !== other.major), other.major].join(' ') };
}
