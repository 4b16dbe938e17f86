// After a swap the standbys must follow: until then they answer with the old content, and a session there stays on the old database
// without noticing.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoreRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import type { Run } from '../environment.ts';
import { messageOf } from '../errors.ts';
import { withConnection, type Target } from '../postgres/connect.ts';

const ASK_EVERY_MILLISECONDS = 100;

interface Following {
  readonly run: Run;
  readonly superuser: Target;
  /** Where sessions have to be ended. */
  readonly standbys: RestoreRequest['standbys'];
  /** The database that was replaced, by its present name. */
  readonly previous: string;
}

/**
 * Waits until all standbys have replayed what the primary has written, and ends their sessions on the previous database. Returns how many are
 * behind. The primary knows those that stream from it; one that has lost its connection just then is not among them, so each is asked itself.
 */
export async function followStandbys({ run, superuser, standbys = [], previous }: Following): Promise<number> {
  const deadline = performance.now() + run.environment.standbyMilliseconds;
  const { lsn, late } = await withConnection(run, superuser, (session) => awaitReplay(session, run, deadline));
  let behind = 0;
  for (const standby of standbys) {
    try {
      const hasFollowed = await withConnection(run, { ...superuser, ...standby }, (session) => release(session, { run, deadline, lsn, previous }));
      if (hasFollowed) continue;
      run.log('a standby has not replayed the swap', { level: 'warn', host: standby.host });
    } catch (error) {
      run.log('cannot end the sessions of a standby', { level: 'warn', host: standby.host, database: previous, error: messageOf(error) });
    }
    behind += 1;
  }
  return Math.max(late, behind);
}

/** Waits until those that stream from the primary have replayed all that it has written by now; tells how many have not. */
async function awaitReplay(session: Client, run: Run, deadline: number): Promise<{ lsn: string; late: number }> {
  const { rows } = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  const lsn = rows[0]?.lsn ?? '0/0';
  for (;;) {
    // Receivers of the log alone replay nothing and say so.
    const { rows: late } = await session.query<{ name: string }>('select application_name as name from pg_stat_replication where replay_lsn < $1::pg_lsn', [lsn]);
    if (late.length === 0) return { lsn, late: 0 };
    if (performance.now() > deadline) {
      run.log('standbys have not replayed the swap', { level: 'warn', standbys: late.map(({ name }) => name).join(', '), waitedSeconds: run.environment.standbyMilliseconds / 1000 });
      return { lsn, late: late.length };
    }
    await sleep(ASK_EVERY_MILLISECONDS, undefined, { signal: run.signal });
  }
}

interface Releasing extends Pick<Following, 'run' | 'previous'> {
  readonly deadline: number;
  readonly lsn: string;
}

/** Ends the sessions of a standby on the previous database, which has that name there when it has replayed the swap; tells whether it has. */
async function release(session: Client, { run, deadline, lsn, previous }: Releasing): Promise<boolean> {
  for (;;) {
    const { rows } = await session.query<{ followed: boolean }>('select pg_last_wal_replay_lsn() >= $1::pg_lsn as followed', [lsn]);
    const followed = rows[0]?.followed === true;
    if (followed || performance.now() > deadline) {
      await session.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [previous]);
      return followed;
    }
    await sleep(ASK_EVERY_MILLISECONDS, undefined, { signal: run.signal });
  }
}
