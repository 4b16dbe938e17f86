// What runs left behind that were killed, and that nobody came back for. Pure.
import { isBackupFolder, MANIFEST_FILE, type CatalogueSucceeded } from '@postgres-operator/api';
import { isOfAnAttempt } from '../storage/attempt-names.ts';
import type { ListedFile, ListedFolder, ListedUpload } from '../storage/listing.ts';

/** What of one folder is no part of a backup. */
export interface Orphan {
  readonly folder: string;
  readonly files: readonly ListedFile[];
  readonly uploads: readonly ListedUpload[];
  /** True when that backup is there: no attempt at it can win any more. */
  readonly isComplete: boolean;
}

/** Everything that is stored in a place. */
export interface Stored {
  readonly folders: readonly ListedFolder[];
  /** Undefined: they could not be listed. */
  readonly uploads: readonly ListedUpload[] | undefined;
}

/** No run goes on for so long without writing anything, and a deletion that broke off is finished earlier. */
const DAY_MS = 86_400_000;
/** So many are named. */
const TOLD = 2;

/**
 * What there is at a moment (milliseconds since the epoch): in folders without a manifest what runs write, and uploads that were not finished, if nothing was
 * written there for a day. Of a folder with a manifest only such uploads. Files with other names are somebody else's.
 */
export function orphansIn({ folders, uploads = [] }: Stored, now: number): Orphan[] {
  const isQuiet = ({ storedAt }: { readonly storedAt: string }): boolean => now - Date.parse(storedAt) > DAY_MS;
  const filesOf = new Map(folders.map(({ name, files }) => [name, files]));
  const hasManifest = (folder: string): boolean => filesOf.get(folder)?.some(({ name }) => name === MANIFEST_FILE) ?? false;
  const names = new Set([...filesOf.keys(), ...uploads.map(({ folder }) => folder)]);
  return [...names].filter(isLikeOurs).flatMap((folder): Orphan[] => {
    const files = filesOf.get(folder) ?? [];
    const open = uploads.filter((upload) => upload.folder === folder);
    const isComplete = hasManifest(backupOf(folder));
    if (isComplete && !isPartial(folder)) return some({ folder, isComplete, files: [], uploads: open.filter(isQuiet) });
    return [...files, ...open].every(isQuiet) ? some({ folder, isComplete, files: isPartial(folder) ? files : files.filter(({ name }) => isOfAnAttempt(name)), uploads: open }) : [];
  });
}

const some = (orphan: Orphan): Orphan[] => (orphan.files.length + orphan.uploads.length === 0 ? [] : [orphan]);

/** True for one that may yet be wanted: its Backup has not ended, or was complete, and its manifest is what is missing. */
export const isSpared = ({ folder, isComplete }: Orphan, spare: readonly string[]): boolean => !isComplete && spare.includes(backupOf(folder));

/** Counts them. */
export function summary(orphans: readonly Orphan[], uploads: Stored['uploads']): NonNullable<CatalogueSucceeded['orphans']> {
  const bytes = orphans.flatMap((orphan) => [...orphan.files, ...orphan.uploads]).reduce((sum, file) => sum + file.bytes, 0);
  return { count: orphans.length, ...(uploads && { uploads: orphans.flatMap((orphan) => orphan.uploads).length }), bytes, first: orphans.slice(0, TOLD).map(({ folder }) => folder) };
}

const PARTIAL = /^\.(.*)\.[0-9a-f]{8}\.partial$/;

/** In a claim a backup has a name like that until it is complete, and from the moment on when it is deleted. */
export const isPartial = (folder: string): boolean => PARTIAL.test(folder);

const backupOf = (folder: string): string => PARTIAL.exec(folder)?.[1] ?? folder;

const isLikeOurs = (folder: string): boolean => isBackupFolder(backupOf(folder));
