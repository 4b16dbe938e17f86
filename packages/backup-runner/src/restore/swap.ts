// The swap: two names change in one transaction. RENAME takes the database's lock first, so that new sessions wait at the door,
// and then gives the present ones five seconds to leave; meanwhile a second connection ends them. Nothing about the live
// database is changed beforehand: a runner that is killed here leaves no closed door behind.
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { Run } from '../environment.ts';
import { RunError, codeOf, messageOf } from '../errors.ts';
import { connect, type Target } from '../postgres/connect.ts';
import { serverError } from '../postgres/server-error.ts';
import type { RestoreNames } from './names.ts';

const ATTEMPTS = 10;
// Between two attempts, those who wait at the door get in and are served by the old database.
const PAUSE_MILLISECONDS = 250;
const END_SESSIONS_EVERY_MILLISECONDS = 20;
// Bounds how long sessions wait at the door when an attempt does not get through.
const STATEMENT_MILLISECONDS = 1000;

// Still in use, lock or statement timeout: the live database is as it was, and another attempt may get through.
const WORTH_ANOTHER = new Set(['55006', '55P03', '57014']);

/** What the two databases are after the swap. */
export interface Roles {
  /** Comment of the one that takes the live name. */
  readonly comment: string | null;
  /** Comment of the one that had it. */
  readonly previousMark: string;
  /** Whether the one that had it takes connections afterwards; to be dropped it need not be closed. */
  readonly previousOpen: boolean;
  /** Whether the one that takes the live name takes connections afterwards. */
  readonly liveOpen: boolean;
}

/**
 * Swaps the names. Returns for how many milliseconds the database took no connections.
 * A stop request is heard between the attempts, never within one: the outcome of an attempt must be known.
 */
export async function swap(run: Run, superuser: Target, names: RestoreNames, roles: Roles): Promise<number> {
  return renaming(run, superuser, names, swapStatement(names, roles));
}

/** Gives a database a name that nobody has. */
export async function rename(run: Run, superuser: Target, from: string, to: string): Promise<void> {
  const [old, name] = [from, to].map(escapeIdentifier);
  await renaming(run, superuser, { live: from, beside: from, previous: to }, `alter database ${old} rename to ${name}; comment on database ${name} is null`);
}

async function renaming(run: Run, superuser: Target, names: RestoreNames, statement: string): Promise<number> {
  const renamer = await connect(run, superuser);
  const ender = await connect(run, superuser);
  try {
    // The shorter one speaks: whether somebody held the database or did not leave it are different things to look for.
    await renamer.query(`set lock_timeout = ${STATEMENT_MILLISECONDS - 100}; set statement_timeout = ${STATEMENT_MILLISECONDS}`);
    return await attempts({ run, renamer, ender, names, statement });
  } catch (error) {
    throw error instanceof RunError ? error : (serverError(error, superuser) ?? swapFailed(error, names));
  } finally {
    await Promise.allSettled([renamer.end(), ender.end()]);
  }
}

/**
 * One message of several statements is one transaction, which the server ends by itself: no moment exists at which a
 * killed runner leaves it open, holding the lock.
 */
export function swapStatement({ live, beside, previous }: RestoreNames, { comment, previousMark, previousOpen, liveOpen }: Roles): string {
  const name = { live: escapeIdentifier(live), beside: escapeIdentifier(beside), previous: escapeIdentifier(previous) };
  return [
    `alter database ${name.live} rename to ${name.previous}`,
    `alter database ${name.beside} rename to ${name.live}`,
    `alter database ${name.previous} allow_connections ${previousOpen}`,
    `alter database ${name.live} allow_connections ${liveOpen}`,
    `comment on database ${name.previous} is ${escapeLiteral(previousMark)}`,
    `comment on database ${name.live} is ${comment === null ? 'null' : escapeLiteral(comment)}`,
  ].join('; ');
}

interface Swap {
  readonly run: Run;
  readonly renamer: Client;
  readonly ender: Client;
  readonly names: RestoreNames;
  readonly statement: string;
}

/** An attempt that did not get through closed the door as well: all count for the outage. */
async function attempts(swap: Swap): Promise<number> {
  let closedFor = 0;
  for (let attempt = 1; ; attempt += 1) {
    swap.run.signal.throwIfAborted();
    const startedAt = performance.now();
    try {
      await once(swap);
      return Math.round(closedFor + performance.now() - startedAt);
    } catch (error) {
      if (attempt === ATTEMPTS || !WORTH_ANOTHER.has(codeOf(error) ?? '')) throw error;
      closedFor += performance.now() - startedAt;
      swap.run.log('swap not possible yet', { attempt, error: messageOf(error) });
    }
    await sleep(PAUSE_MILLISECONDS, undefined, { signal: swap.run.signal });
  }
}

async function once({ renamer, ender, names, statement }: Swap): Promise<void> {
  const ended = new AbortController();
  const ending = endSessions(ender, names, ended.signal);
  try {
    await renamer.query(statement);
  } finally {
    ended.abort();
    await ending;
  }
}

/** Ends all sessions of both databases, again and again until told to stop. */
async function endSessions(client: Client, { live, beside }: RestoreNames, stop: AbortSignal): Promise<void> {
  try {
    while (!stop.aborted) {
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname in ($1, $2)', [live, beside]);
      await sleep(END_SESSIONS_EVERY_MILLISECONDS, undefined, { signal: stop });
    }
  } catch {
    // Stopped; or the connection broke, and then the rename fails with a reason of its own.
  }
}

const swapFailed = (error: unknown, { live }: RestoreNames): RunError =>
  new RunError('SwapFailed', `the restored database could not take the name ${JSON.stringify(live)}, which is unchanged: ${messageOf(error)}`, { cause: error, retryable: true });
