// What runs left behind that were killed, and that nobody came back for. Pure.
import { isBackupFolder, type CatalogueSucceeded } from '@postgres-operator/api';
import { MANIFEST_FILE } from '../storage/manifest.ts';
import type { ListedFolder } from '../storage/listing.ts';

/** No run goes on for so long without writing anything, and a deletion that broke off is finished earlier. */
const DAY_MS = 86_400_000;
/** So many are named. */
const TOLD = 2;

/** The folders without a manifest into which nothing was written for a day, at a moment (milliseconds since the epoch). */
export function orphansIn(folders: readonly ListedFolder[], now: number): NonNullable<CatalogueSucceeded['orphans']> {
  const orphans = folders.filter(({ name, files }) => isLikeOurs(name) && files.length > 0 && files.every((file) => isOld(file, now))).filter(({ name, files }) => isPartial(name) || files.every((file) => file.name !== MANIFEST_FILE));
  const bytes = orphans.flatMap(({ files }) => files).reduce((sum, file) => sum + file.bytes, 0);
  return { count: orphans.length, bytes, first: orphans.slice(0, TOLD).map(({ name }) => name) };
}

const isOld = ({ storedAt }: ListedFolder['files'][number], now: number): boolean => now - Date.parse(storedAt) > DAY_MS;

/** In a claim a backup has a name like that until it is complete, and from the moment on when it is deleted. */
const PARTIAL = /^\.(.*)\.[0-9a-f]{8}\.partial$/;

const isPartial = (name: string): boolean => PARTIAL.test(name);

const isLikeOurs = (name: string): boolean => isBackupFolder(PARTIAL.exec(name)?.[1] ?? name);
