import type { Duplex } from 'node:stream';
import { ArchiveError, readArchive, type ArchiveContents } from '../archive/archive.ts';
import { RunError } from '../errors.ts';
import { compressing } from './compressing.ts';

/** A stage that compresses an archive, and reads it meanwhile. */
export interface ReadAlong {
  readonly stream: Duplex;
  /** How many bytes went in. */
  readonly bytes: () => number;
  /** What the archive holds. @throws RunError unless the stream ended as an archive does. */
  readonly contents: () => ArchiveContents;
}

/** Reads the archive that passes, to its last row. Bytes that cannot be one break the stream at once. */
export function readAlong(): ReadAlong {
  const reader = readArchive();
  let bytes = 0;
  const stream = compressing((chunk) => {
    bytes += chunk.length;
    explained(() => reader.write(chunk));
  });
  return { stream, bytes: () => bytes, contents: () => explained(() => reader.end()) };
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new RunError('DumpFailed', `what pg_dump wrote is not a complete archive: ${error.message}`, { cause: error });
  }
}
