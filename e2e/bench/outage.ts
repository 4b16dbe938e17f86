// P9: how long clients of a database get no right answer while it is restored, by the runner and as people do it.
import { setTimeout as sleep } from 'node:timers/promises';
import { clientEvery, sessionsBehind, type Ask } from '../../packages/backup-runner/test/outage.ts';
import { USERS } from '../../packages/backup-runner/test/postgres-server.ts';
import { BENCH_DATABASE } from './bench-data.ts';
import { byHand, runnerRestores, type RestoreGround } from './restore-ground.ts';

/** What a restore did to its clients. */
export interface Outage {
  readonly name: Restorer;
  /** Of the database, in bytes. */
  readonly size: number;
  /** The longest time between two right answers in a row, of a client that reads and of one that writes, each every 10 ms. */
  readonly reading: number;
  readonly writing: number;
  /** How often they were refused, or told something wrong. */
  readonly failures: number;
}

export type Restorer = 'ours' | 'clean' | 'anew';

/** What people do to a database in its place. */
export const IN_PLACE: Readonly<Record<Exclude<Restorer, 'ours'>, string>> = {
  clean: `pg_restore --clean --if-exists -d ${BENCH_DATABASE} dump`,
  anew: `dropdb --force ${BENCH_DATABASE} && createdb -T template0 -O '${USERS.owner}' ${BENCH_DATABASE} && pg_restore -d ${BENCH_DATABASE} dump`,
};

const EVERY_MILLISECONDS = 10;

/** The row was there in the backup, and is there after it. */
const one = (sql: string): Ask => async (client) => {
  const { rowCount } = await client.query(sql);
  if (rowCount !== 1) throw new Error('a row is missing');
};

/** Restores while two clients work, and says what they saw. */
export async function outageOf(ground: RestoreGround, name: Restorer): Promise<Outage> {
  const connect = (): ReturnType<typeof ground.server.connect> => ground.server.connect(BENCH_DATABASE, 'owner');
  const clients = [
    clientEvery(EVERY_MILLISECONDS, connect, one('select total from orders where id = 1')),
    await sessionsBehind(EVERY_MILLISECONDS, connect, one(`update item set name = 'written' where id = 1`)),
  ];
  await (name === 'ours' ? runnerRestores(ground, 1) : byHand(ground, IN_PLACE[name]));
  // Time for one more answer each: a gap that lasts to the end counts as well.
  await sleep(1000);
  const [reader, writer] = await Promise.all(clients.map((client) => client.stop()));
  const seconds = (gap = Number.NaN): number => gap / 1000;
  return { name, size: ground.size, reading: seconds(reader?.longestGap), writing: seconds(writer?.longestGap), failures: (reader?.errors.length ?? 0) + (writer?.errors.length ?? 0) };
}
