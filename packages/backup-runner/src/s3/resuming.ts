import type { Readable } from 'node:stream';
import type { Run } from '../environment.ts';
import type { RunError } from '../errors.ts';
import { isTransient, nameOf } from './s3-error.ts';

/** How a broken stream goes on. */
export interface Reopening {
  readonly run: Run;
  /** The same bytes from a place on. */
  reopen(at: number): Promise<Readable>;
  describe(error: unknown): RunError;
}

/**
 * The bytes of a stream, and when it breaks those from there on. Hours of a restore must not end with one connection. Whether
 * all of it is what it must be, the digest of the whole decides.
 */
export async function* resuming(first: Readable, { run, reopen, describe }: Reopening): AsyncGenerator<Buffer, void, undefined> {
  let at = 0;
  let stream = first;
  // Counted from the last byte that came: a stream that gets on may break as often as it likes.
  let breaks = 0;
  for (;;) {
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        at += chunk.length;
        breaks = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      breaks += 1;
      if (run.signal.aborted || breaks > run.environment.storageRetries || !isTransient(error)) throw describe(error);
      run.log('the stream from the store broke', { at, error: nameOf(error) });
    }
    stream = await reopen(at);
  }
}
