import { Transform } from 'node:stream';
import { ArchiveError, readArchive, type ArchiveContents } from '../archive/archive.ts';
import { RunError } from '../errors.ts';

// pg_dump writes 4 KiB at a time. Every chunk that goes on costs a trip to the compressor's thread and back, and on a busy
// machine each trip waits for a processor: 60 of them in one cost a copy of the bytes, and save a third of the time.
const GATHERED_BYTES = 256 * 1024;

/** A stage that passes an archive on in large chunks, and reads it meanwhile. */
export interface ReadAlong {
  readonly stream: Transform;
  readonly bytes: () => number;
  /** What the archive holds. @throws RunError unless the stream ended as an archive does. */
  readonly contents: () => ArchiveContents;
}

/** Reads the archive that passes, to its last row. Bytes that cannot be one break the stream at once. */
export function readAlong(): ReadAlong {
  const reader = readArchive();
  let bytes = 0;
  let gathered: Buffer[] = [];
  let size = 0;
  const gather = (): Buffer => {
    const whole = Buffer.concat(gathered, size);
    gathered = [];
    size = 0;
    return whole;
  };
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        reader.write(chunk);
      } catch (error) {
        return done(dumpError(error));
      }
      bytes += chunk.length;
      gathered.push(chunk);
      size += chunk.length;
      if (size < GATHERED_BYTES) done();
      else done(null, gather());
    },
    flush(done) {
      done(null, size === 0 ? undefined : gather());
    },
  });
  return { stream, bytes: () => bytes, contents: () => contentsOf(reader.end) };
}

function contentsOf(end: () => ArchiveContents): ArchiveContents {
  try {
    return end();
  } catch (error) {
    throw dumpError(error);
  }
}

function dumpError(error: unknown): Error {
  if (!(error instanceof ArchiveError)) return error instanceof Error ? error : new Error(String(error));
  return new RunError('DumpFailed', `what pg_dump wrote is not a complete archive: ${error.message}`, { cause: error });
}
