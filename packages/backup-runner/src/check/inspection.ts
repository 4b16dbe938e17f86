// What every part of a consistency check works with.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckReason, CheckRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import type { Credentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { connect, type Target } from '../postgres/connect.ts';

/** A check that is under way. */
export interface Inspection {
  readonly run: Run;
  readonly request: CheckRequest;
  readonly superuser: Credentials;
  /** Until when servers may take to answer and to stream, by the clock of `performance`. */
  readonly deadline: number;
}

/** Something that is not as it should be. */
export interface Finding {
  readonly reason: CheckReason;
  readonly message: string;
}

/** Where the row is written: no database of the user's. */
export const CHECK_DATABASE = 'postgres';

// What writes and reads here sees what an application sees, so that a server that was made read-only does not look well. But nothing
// may hang: neither on a lock nor on a synchronous standby.
const SETTINGS = ['statement_timeout=5s', 'lock_timeout=5s', 'jit=off'].map((setting) => `-c ${setting}`).join(' ');

const ASK_EVERY_MILLISECONDS = 100;

/** Connects to a server as soon as it answers. Returns why not where it does not in time. */
export async function connectInTime({ run, superuser, deadline }: Inspection, { host, port, database = CHECK_DATABASE }: Pick<Target, 'host' | 'port'> & { database?: string }): Promise<Client | RunError> {
  const target = { host, port, database, ...superuser, settings: SETTINGS };
  // Trying is done here; and a server that is still starting is no news.
  const once = { ...run, log: run.debug, environment: { ...run.environment, connectRetries: 0 } };
  for (;;) {
    try {
      return await connect(once, target);
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof RunError)) throw error;
      if (error.reason !== 'ServerUnreachable' || performance.now() >= deadline) return error;
    }
    await pause(run);
  }
}

/** Waits for the moment after which it is worth asking again. */
export const pause = ({ signal }: Run, milliseconds = ASK_EVERY_MILLISECONDS): Promise<void> => sleep(milliseconds, undefined, { signal });
