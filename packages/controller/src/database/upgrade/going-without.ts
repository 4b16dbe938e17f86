// The way back from a server that is broken: the Backup that comes first cannot be taken, and somebody has to say that it goes without. Pure.
import { ANNOTATION_GO_BACK_WITHOUT, type Upgrade } from '@postgres-operator/api';
import { upgradeBackupName } from './identity.ts';
import type { Seen } from './turn.ts';

type Backless = Pick<Seen, 'world' | 'upgrade'>;

/** True when somebody said so of this very way back. */
export const goesWithout = ({ world: { database }, upgrade }: Backless): boolean =>
  upgrade.goesBack === true && database.metadata.annotations?.[ANNOTATION_GO_BACK_WITHOUT] === upgradeBackupName(database, upgrade);

/** What to say until then. */
export function howToGoWithout({ world: { database }, upgrade }: Backless): Required<Pick<Upgrade, 'reason' | 'message'>> {
  const { name } = database.metadata;
  const annotate = `kubectl annotate --overwrite database ${name} ${ANNOTATION_GO_BACK_WITHOUT}=${upgradeBackupName(database, upgrade)}`;
  return {
    reason: 'NewServerNotReady',
    message: `the primary with ${upgrade.from.image} is not ready, so that what was written since the update cannot be backed up. Mend it; or go back without that Backup, and the data of ${upgrade.from.image} is kept: ${annotate}`,
  };
}
