// A session beside pg_restore's that takes rows in.
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { escapeLiteral } from 'pg';
import { from } from 'pg-copy-streams';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { connect, type Target } from '../postgres/connect.ts';
import { serverError } from '../postgres/server-error.ts';

/** One session; one table at a time. */
export interface CopySession {
  /** Opens a stream for rows of a table. */
  begin(copy: string): Writable;
  /** Settles when the table has all rows of the last stream. @throws RunError in the words of the server. */
  complete(): Promise<void>;
  close(): Promise<void>;
}

// What pg_restore sets for its own session, as far as it means something for rows.
const SETTINGS = "set row_security = off; set xmloption = content; set check_function_bodies = off; select pg_catalog.set_config('search_path', '', false)";

/** Opens a session for rows in this encoding. */
export async function openCopySession(run: Run, target: Target, encoding: string): Promise<CopySession> {
  const client = await connect(run, target);
  let done = Promise.resolve();
  const session: CopySession = {
    begin(copy) {
      const stream = guarded(client.query(from(copy)));
      done = finished(stream).catch((error: unknown) => Promise.reject(explained(error, target)));
      // Nobody may be waiting yet.
      done.catch(() => undefined);
      return stream;
    },
    complete: () => done,
    close: () => client.end().catch(() => undefined),
  };
  try {
    await client.query(`set client_encoding = ${escapeLiteral(encoding)}; ${SETTINGS}`);
    return session;
  } catch (error) {
    await session.close();
    throw explained(error, target);
  }
}

/** One that has failed is destroyed. The library's own says that it failed and goes on, and what is written to it then ends the process. */
function guarded(rows: Writable): Writable {
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => void rows.write(chunk, done),
    final: (done) => void rows.end(done),
  });
  rows.on('error', (error) => stream.destroy(error));
  return stream;
}

/** In pg_restore's own form: `where` says which line of which table. */
function explained(error: unknown, target: Target): RunError {
  const { where } = error as { readonly where?: string };
  return serverError(error, target) ?? new RunError('RestoreFailed', `rows cannot be loaded: ${messageOf(error)}${where === undefined ? '' : `\nCONTEXT: ${where}`}`, { cause: error });
}
