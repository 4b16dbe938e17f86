import { ArchiveError, readArchive, type ArchiveContents, type ArchiveObserver } from '../archive/archive.ts';
import { RunError } from '../errors.ts';

/** Reads an archive while it passes. */
export interface ReadAlong {
  /** @throws RunError for bytes that cannot be an archive. */
  readonly look: (chunk: Buffer) => void;
  /** What the archive holds. @throws RunError unless the bytes ended as an archive does. */
  readonly contents: () => ArchiveContents;
}

/** Reads what is shown to it, to the last row. */
export function readAlong(observer?: ArchiveObserver): ReadAlong {
  const reader = readArchive(observer);
  return { look: (chunk) => explained(() => reader.write(chunk)), contents: () => explained(() => reader.end()) };
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new RunError('DumpFailed', `what pg_dump wrote is not a complete archive: ${error.message}`, { cause: error });
  }
}
