// Which folders are looked at, and in which order. Pure.
import { isBackupFolder, MANIFEST_FILE } from '@postgres-operator/api';
import type { ListedFolder } from '../storage/listing.ts';

/** Where a scan is: the folder that was looked at last. */
export interface Position {
  readonly storedAt: string;
  readonly folder: string;
}

/** A folder with a manifest, whatever that is worth. */
export interface Candidate extends Position {
  readonly manifestBytes: number;
  /** Sizes of the files in it, by their names. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** The folders that have a manifest, the newest first: whoever lost a cluster wants that one. Those after a position follow it in this order. */
export function candidatesIn(folders: readonly ListedFolder[], after?: Position): Candidate[] {
  const found = folders.flatMap(({ name, files }): Candidate[] => {
    const manifest = files.find((file) => file.name === MANIFEST_FILE);
    return manifest === undefined || !isBackupFolder(name) ? [] : [{ folder: name, storedAt: manifest.storedAt, manifestBytes: manifest.bytes, sizes: new Map(files.map((file) => [file.name, file.bytes])) }];
  });
  return found.filter((one) => after === undefined || order(after, one) < 0).sort(order);
}

const order = (one: Position, other: Position): number => (one.storedAt === other.storedAt ? compare(one.folder, other.folder) : compare(other.storedAt, one.storedAt));

const compare = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);
