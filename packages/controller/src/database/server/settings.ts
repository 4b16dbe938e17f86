// What the scripts in a Database's pods are told: settings.sh, which all of them source.
import { childNames, POSTGRES_PORT, quantityValue, REPLICATION_ROLE, type Database } from '@postgres-operator/api';
import { upgradeSettings } from '../upgrade/settings.ts';
import { CREDENTIALS_FOLDER, INTERNAL_FOLDER, SOCKET_FOLDER, TLS_FOLDER, VOLUME } from './folders.ts';

const MEBIBYTE = 2 ** 20;

/**
 * The share of the volume that WAL may take which is kept for a standby that does not fetch it. A quarter: a slot counts from the last
 * checkpoint, so that up to max_wal_size comes on top, and the data has to fit beside both.
 */
const SLOT_SHARE = 1 / 4;
/** Four segments: less would lose a slot at once. */
const MIN_SLOT_MEBIBYTES = 64;
/** A standby further behind than this gets no connections: four segments, about a second of what a busy primary writes. */
const MAX_LAG_BYTES = 64 * MEBIBYTE;
/** How long a lost primary waits for the answer of all standbys before it takes the most advanced of those that answer. */
const PEER_PATIENCE_SECONDS = 300;
/** How long a container of a lost primary waits before it ends, which is how its message gets into the conditions of the Database. */
const PEER_WAIT_SECONDS = 60;
/** How long a slot has to be idle before it is dropped, when it is of an ordinal that is no longer wanted. */
const STALE_SLOT_SECONDS = 30;

/** What is kept of WAL for an absent standby, in mebibytes. */
export const slotWalMebibytes = (size: string): number => Math.max(MIN_SLOT_MEBIBYTES, Math.floor(((quantityValue(size) ?? 0) * SLOT_SHARE) / MEBIBYTE));

/** What a Database's pods have to know beyond their own name. */
export type ServerSettings = Readonly<Record<string, string | number>>;

/** The settings of a Database's pods. `isNew` says that nothing was ever in this database, so that an empty volume may become an empty database. */
export function serverSettings(database: Database, isNew: boolean): ServerSettings {
  const { metadata, spec } = database;
  const { statefulSet, headlessService } = childNames(metadata.name);
  return {
    VOLUME,
    INTERNAL_FOLDER,
    CREDENTIALS_FOLDER,
    SOCKET_FOLDER,
    TLS_FOLDER,
    TERMINATION_LOG: '/dev/termination-log',
    LISTEN_ADDRESSES: '*',
    PORT: POSTGRES_PORT,
    PEER_HOST: `${statefulSet}-%d.${headlessService}`,
    REPLICATION_ROLE,
    REPLICAS: spec.replicas,
    MAY_INITIALISE: isNew ? 'yes' : 'no',
    MAX_SLOT_WAL_KEEP_MB: slotWalMebibytes(spec.storage.size),
    MAX_LAG_BYTES,
    PEER_PATIENCE_SECONDS,
    PEER_WAIT_SECONDS,
    STALE_SLOT_SECONDS,
    ...upgradeSettings(database),
  };
}

/** The settings as a shell reads them. */
export const settingsFile = (settings: ServerSettings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}='${String(value).replaceAll("'", `'\\''`)}'\n`)
    .join('');
