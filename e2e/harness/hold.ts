// Holds a run at a known point: pg_dump and pg_restore wait for a lock that a session of ours has.
import type { Kubectl } from './kubectl.ts';

/** A lock that is held until it is released. */
export interface Held {
  release(): Promise<void>;
}

/** Locks a table against everybody, so that a dump of it waits before its first row. */
export async function holdTable(kubectl: Kubectl, database: string, table: string): Promise<Held> {
  const mark = `hold-${table}`;
  const session = kubectl.sql(database, 'shop', `set application_name = '${mark}'; begin; lock table ${table} in access exclusive mode; select pg_sleep(600);`).catch(() => undefined);
  await waitForSql(kubectl, database, `select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.application_name = '${mark}' and l.mode = 'AccessExclusiveLock' and l.granted and l.relation = '${table}'::regclass`, '1');
  return {
    async release() {
      await kubectl.sql(database, 'postgres', `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${mark}'`);
      await session;
    },
  };
}

/** Waits until a query answers as wanted. */
export async function waitForSql(kubectl: Kubectl, database: string, query: string, wanted: string): Promise<void> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const answer = await kubectl.sql(database, 'shop', query);
    if (answer === wanted) return;
    if (Date.now() > deadline) throw new Error(`${query} answered ${answer} instead of ${wanted} for 180 s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits until a dump has begun and waits for the lock of a held table. */
export const waitForBlockedDump = (kubectl: Kubectl, database: string): Promise<void> =>
  waitForSql(kubectl, database, "select count(*) > 0 from pg_stat_activity where usename = 'database_operator_backup' and wait_event_type = 'Lock'", 't');
