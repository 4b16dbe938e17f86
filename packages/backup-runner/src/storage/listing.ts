// What is in a folder of backups, whether they are whole or not.
import { RunError } from '../errors.ts';

/** A file in one of the folders. */
export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  /** RFC 3339, to the millisecond. */
  readonly storedAt: string;
}

/** An upload to one of the folders of a bucket that was begun, and neither finished nor given up. */
export interface ListedUpload {
  readonly folder: string;
  /** Of the file that it was to become. */
  readonly name: string;
  readonly id: string;
  readonly bytes: number;
  /** When something arrived last, as RFC 3339 to the millisecond. */
  readonly storedAt: string;
}

/** One of the folders, and the files right in it. */
export interface ListedFolder {
  readonly name: string;
  readonly files: readonly ListedFile[];
}

/** A hundred thousand backups. */
export const MOST_LISTED = 300_000;

/** @throws RunError when there is more than a runner has memory for. */
export function refuseTooMany(listed: number, location: string): void {
  if (listed > MOST_LISTED) throw new RunError('StorageFailed', `${location} holds more than ${MOST_LISTED} files, too many to scan: it is to hold backups of one Database only`);
}
