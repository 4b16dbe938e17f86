// One moment of a database, that pg_dump and the runner's own questions share.
import type { Client } from 'pg';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { withConnection, type Target } from './connect.ts';

/** A moment of a database, exported for other sessions of the same server. */
export interface Snapshot {
  /** For pg_dump --snapshot. */
  readonly id: string;
  /** UTC, by the server's clock. On a primary, what was committed before is in the snapshot. */
  readonly time: string;
  /**
   * A position in the WAL behind the commit of everything that the snapshot holds: recovery to it has all of that, and perhaps
   * commits of the same moment that are not in the snapshot. On a standby it is the end of what was replayed, and the one
   * record that was just then being replayed may be in the snapshot already.
   */
  readonly lsn: string;
  readonly timeline: number;
  readonly isStandby: boolean;
}

const BEGIN = 'begin isolation level repeatable read, read only';
// now() is the time of BEGIN, so before the snapshot, which the first query takes.
const EXPORT = `select pg_export_snapshot() as id, to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time, pg_is_in_recovery() as "isStandby"`;
// After the snapshot. The position of insertion, not that of writing: an asynchronous commit is visible before it is written.
const POSITION = {
  primary: `select pg_current_wal_insert_lsn()::text as lsn, ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int as timeline`,
  standby: 'select pg_last_wal_replay_lsn()::text as lsn, timeline_id as timeline from pg_control_checkpoint()',
};

/**
 * Opens a session with a snapshot, and keeps it open until `work` is done. pg_dump needs it only until it has taken the snapshot
 * over, and fails by itself if the session is gone before; afterwards its own transaction holds the same rows.
 */
export async function withSnapshot<T>(run: Run, target: Target, work: (snapshot: Snapshot, session: Client) => Promise<T>): Promise<T> {
  return withConnection(run, target, async (session) => {
    let lost: Error | undefined;
    session.on('error', (error) => (lost ??= error));
    try {
      return await work(await takeSnapshot(session), session);
    } catch (error) {
      // pg_dump only says that it knows no such snapshot.
      if (lost === undefined || !(error instanceof RunError && error.reason === 'DumpFailed')) throw error;
      throw new RunError('ServerUnreachable', `${target.host}:${target.port} ended the session of the snapshot: ${lost.message}; ${messageOf(error)}`, { cause: error });
    }
  });
}

async function takeSnapshot(session: Client): Promise<Snapshot> {
  await session.query(BEGIN);
  const [exported] = (await session.query<Pick<Snapshot, 'id' | 'time' | 'isStandby'>>(EXPORT)).rows;
  const [position] = (await session.query<Pick<Snapshot, 'lsn' | 'timeline'>>(exported?.isStandby === true ? POSITION.standby : POSITION.primary)).rows;
  if (exported === undefined || position === undefined) throw new RunError('InternalError', 'the server did not describe its snapshot');
  return { ...exported, ...position };
}
