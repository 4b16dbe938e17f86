// Whether a standby is fit to be dumped from. It never has to be: the primary can always be read instead.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DumpRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { withConnection, type Target } from './connect.ts';

/** Where a server is. */
interface Position {
  /** The same on a primary and its standbys, and nowhere else. */
  readonly system: string;
  readonly lsn: string;
}

/** A standby to dump from, or why there is none. */
export type StandbyChoice = { readonly target: Target } | { readonly why: string };

const POLL_MILLISECONDS = 100;

// Flushed: what was not is not sent to any standby.
const POSITION = `
  select system_identifier::text as system, case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end::text as lsn
    from pg_control_system()`;
const STANDBY = `
  select system_identifier::text as system, pg_is_in_recovery() as "isStandby", host(inet_server_addr()) as host, inet_server_port() as port from pg_control_system()`;

/**
 * Looks for a standby that has everything the primary had when it was asked, waiting a little for one that lags. So a backup from a
 * standby is never older than its own beginning.
 */
export async function findStandby(run: Run, primary: Target, standby: NonNullable<DumpRequest['standby']>): Promise<StandbyChoice> {
  if (standby.host === undefined) return { why: 'there is no standby' };
  const target = { ...primary, host: standby.host, port: standby.port ?? primary.port };
  const position = await withConnection(run, primary, async (session) => (await session.query<Position>(POSITION)).rows[0]);
  if (position === undefined) throw new RunError('InternalError', 'the primary did not say where it is');
  try {
    // Once more at most: the primary is there.
    const hasty = { ...run, environment: { ...run.environment, connectRetries: 1 } };
    return await withConnection(hasty, target, (session) => examine(run, { session, target, position }));
  } catch (error) {
    run.signal.throwIfAborted();
    return { why: `the standby cannot be asked: ${messageOf(error)}` };
  }
}

interface Examination {
  readonly session: Client;
  readonly target: Target;
  readonly position: Position;
}

async function examine(run: Run, { session, target, position }: Examination): Promise<StandbyChoice> {
  const [found] = (await session.query<{ system: string; isStandby: boolean; host: string | null; port: number | null }>(STANDBY)).rows;
  const name = `${target.host}:${target.port}`;
  if (found?.system !== position.system) return { why: `${name} is no standby of ${JSON.stringify(target.database)}: it belongs to another server` };
  if (!found.isStandby) return { why: `${name} is no standby: it is not in recovery` };
  const behind = await bytesBehind(run, session, position);
  if (behind > 0) return { why: `the standby has not caught up: ${behind} bytes of WAL are missing` };
  return { target: { ...target, ...addressOf(found, target) } };
}

/** Bytes of WAL that the standby still has to replay, after waiting for it. */
async function bytesBehind(run: Run, session: Client, { lsn }: Position): Promise<number> {
  const deadline = Date.now() + run.environment.standbyPatienceMilliseconds;
  for (;;) {
    const { rows } = await session.query<{ bytes: string }>('select pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn()) as bytes', [lsn]);
    const behind = Number(rows[0]?.bytes);
    if (behind <= 0 || Date.now() >= deadline) return behind;
    await sleep(POLL_MILLISECONDS, undefined, { signal: run.signal });
  }
}

/** One name may lead to several standbys, and a snapshot is one server's: from here on this very one. */
function addressOf({ host, port }: { readonly host: string | null; readonly port: number | null }, target: Target): { host?: string; port?: number } {
  // A proxy beside the server makes it believe that it was called from its own pod.
  const isProxied = host !== null && isLoopback(host) && !isLoopback(target.host);
  return host === null || port === null || isProxied ? {} : { host, port };
}

const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/.test(host);

/** Refuses to dump unlogged tables from a standby, which has none of their rows. @throws RunError that says so. */
export async function refuseUnlogged(session: Client): Promise<void> {
  const { rows } = await session.query<{ name: string; count: number }>(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name, count(*) over ()::int as count
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relpersistence = 'u' and c.relkind in ('r', 'S') order by 1 limit 1`,
  );
  const [first] = rows;
  if (first !== undefined) throw new RunError('DumpFailed', `a standby has no rows of unlogged tables: ${first.name}${first.count === 1 ? '' : ` and ${first.count - 1} more`}`);
}
