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

/** Waits until all standbys have replayed what the primary has written, and ends their sessions on the previous database. Returns how many are behind. */
export async function followStandbys({ run, superuser, standbys = [], previous }: Following): Promise<number> {
  const behind = await withConnection(run, superuser, (session) => awaitReplay(session, run));
  let unreachable = 0;
  for (const standby of standbys) {
    try {
      await withConnection(run, { ...superuser, ...standby }, (session) => session.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [previous]));
    } catch (error) {
      unreachable += 1;
      run.log('cannot end the sessions of a standby', { level: 'warn', host: standby.host, database: previous, error: messageOf(error) });
    }
  }
  return Math.max(behind, unreachable);
}

async function awaitReplay(session: Client, run: Run): Promise<number> {
  const { rows } = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  const lsn = rows[0]?.lsn;
  const deadline = performance.now() + run.environment.standbyMilliseconds;
  for (;;) {
    // Receivers of the log alone replay nothing and say so.
    const { rows: late } = await session.query<{ name: string }>('select application_name as name from pg_stat_replication where replay_lsn < $1::pg_lsn', [lsn]);
    if (late.length === 0) return 0;
    if (performance.now() > deadline) {
      run.log('standbys have not replayed the swap', { level: 'warn', standbys: late.map(({ name }) => name).join(', '), waitedSeconds: run.environment.standbyMilliseconds / 1000 });
      return late.length;
    }
    await sleep(ASK_EVERY_MILLISECONDS, undefined, { signal: run.signal });
  }
}
