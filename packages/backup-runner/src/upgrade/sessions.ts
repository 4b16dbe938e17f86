// Nobody new finds the way to the server any more: its Service selects nothing. Who was connected already has to go.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';

const ASK_EVERY_MILLISECONDS = 50;
// A session ends with its statement; a backend that removes many temporary tables takes some seconds.
const PATIENCE_MILLISECONDS = 60_000;

interface Ended {
  pid: number;
  who: string;
}

const END = (kinds: string): string => `
  select pid, concat_ws(' ', backend_type, 'of', usename, 'from', coalesce(host(client_addr), 'the pod itself')) as who, pg_terminate_backend(pid)
    from pg_stat_activity where backend_type in (${kinds}) and pid <> pg_backend_pid()`;

/** Ends all other sessions, again and again until none is left. Those that replicate stay. Returns how many it ended. */
export const endSessions = (run: Run, session: Client): Promise<number> => endAll(run, session, `'client backend'`);

/**
 * Ends what cleans up on the server's own account, which starts again by itself. Its launcher waits before it starts the first worker: a share of
 * autovacuum_naptime, with the default 15 s or more. Until then nothing takes a transaction id.
 */
export async function quietServer(run: Run, session: Client): Promise<void> {
  await session.query(END(`'autovacuum launcher'`));
  await endAll(run, session, `'autovacuum worker'`);
}

async function endAll(run: Run, session: Client, kinds: string): Promise<number> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  const ended = new Set<number>();
  for (;;) {
    const { rows } = await session.query<Ended>(END(kinds));
    const [first] = rows;
    if (first === undefined) return ended.size;
    for (const { pid } of rows) ended.add(pid);
    if (performance.now() > deadline) throw new RunError('UpgradeFailed', `sessions do not end, or come back although no Service leads to the server, such as a ${first.who}`, { retryable: true });
    await sleep(ASK_EVERY_MILLISECONDS, undefined, { signal: run.signal });
  }
}
