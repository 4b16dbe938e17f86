// Some minutes in the life of an operator, so that there is something to draw: all of it really happens on the embedded cluster.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubectl } from '../../harness/kubectl.ts';
import { applyAndWait, backup, database } from '../../harness/story.ts';

const grow = (kubectl: Kubectl, name: string, rows: number): Promise<string> =>
  kubectl.sql(name, 'shop', `set role app; create table if not exists orders (id int generated always as identity, note text); insert into orders (note) select md5(n::text) from generate_series(1, ${rows}) n`);

/** Makes the Databases: one with a standby and a Backup a minute, one that is backed up by hand. */
export async function setTheScene(kubectl: Kubectl): Promise<void> {
  await Promise.all([applyAndWait(kubectl, database('orders', { replicas: 2 }), 'Ready'), applyAndWait(kubectl, database('customers'), 'Ready')]);
  await grow(kubectl, 'orders', 20_000);
  await grow(kubectl, 'customers', 5000);
  await kubectl.apply(backup('orders-minutely', 'orders', { schedule: '* * * * *', retention: 3 }));
}

/** Lets minutes go by: one database grows, the other has a Backup that is good and two that are not, and a third cannot come up. */
export async function letTimePass(kubectl: Kubectl, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    if (minute === 1) await kubectl.apply(backup('customers-monday', 'customers'));
    if (minute === 2) for (const day of ['tuesday', 'wednesday']) await kubectl.apply(backup(`customers-${day}`, 'customers', { selection: { tables: ['nothing'] }, backoffLimit: 0 }));
    if (minute === 3) await kubectl.apply(database('ledger', { image: 'postgres:14-nowhere' }));
    await grow(kubectl, 'orders', 15_000);
    await sleep(60_000);
  }
}
