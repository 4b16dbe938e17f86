import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../environment.ts';
import { withConnection, type Target } from './connect.ts';

// The run has failed already; a server that hangs must not hold its result back.
const PATIENCE_MILLISECONDS = 2000;

interface Row {
  pid: number;
  waits: string | null;
  blockers: number[];
  query: string;
}

const SQL = `
  select pid, wait_event_type || '/' || wait_event as waits, pg_blocking_pids(pid) as blockers, left(query, 120) as query
    from pg_stat_activity
   where application_name = 'postgres-operator' and usename = current_user and datname = current_database() and pid <> pg_backend_pid()
   order by state = 'active' desc, query_start
   limit 1`;

/** What the session of a dump is doing, in words; undefined when the server does not say within 2 seconds. Never fails. */
export async function sessionState(run: Run, target: Target): Promise<string | undefined> {
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]);
  const asking = withConnection({ ...run, signal }, target, async (session) => (await session.query<Row>(SQL)).rows[0]).catch(() => undefined);
  const row = await Promise.race([asking, sleep(PATIENCE_MILLISECONDS, undefined, { ref: false })]);
  if (row === undefined) return undefined;
  const { pid, waits, blockers, query } = row;
  const waiting = waits === null ? 'waits for nothing' : `waits for ${waits}`;
  return `its session ${pid} ${waiting}${blockers.length === 0 ? '' : `, held by session ${blockers.join(', ')}`} in: ${query}`;
}
