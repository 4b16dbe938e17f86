import { controllerReference, LABEL_BACKUP, LABEL_DATABASE, LABEL_SCHEDULE, LABEL_SCHEDULE_UID } from '@postgres-operator/api';
import { expect, test } from 'vitest';
import { aStatefulSet } from '../test/database-world.ts';
import { FakeClock } from '../test/fake-clock.ts';
import { aBackup, aDatabase, aJob, aPod, aRestore, COMPLETED_BACKUP } from '../test/fixtures.ts';
import { createCaches, type Caches } from './reconcile/caches.ts';
import { WorkQueue } from './runtime/work-queue.ts';
import { wireWatches, type Queues } from './watches.ts';

/** Takes all keys that wait. */
async function drain(queues: Queues): Promise<string[]> {
  const keys = await Promise.all(
    Object.entries(queues).map(async ([name, queue]: [string, WorkQueue]) => {
      const found = [];
      while (queue.depth > 0) {
        const key = (await queue.get()) ?? '';
        queue.done(key);
        found.push(`${name} ${key}`);
      }
      return found;
    }),
  );
  return keys.flat().sort();
}

/** What is woken when `change` happens after `before` was seen. */
async function wokenBy(before: (caches: Caches) => void, change: (caches: Caches) => void): Promise<string[]> {
  const caches = createCaches();
  const clock = new FakeClock();
  const queues = { databases: new WorkQueue(clock), backups: new WorkQueue(clock), restores: new WorkQueue(clock) };
  wireWatches(caches, queues);
  before(caches);
  await drain(queues);
  change(caches);
  return drain(queues);
}

const seen = (caches: Caches): void => {
  caches.databases.upsert(aDatabase());
  caches.backups.upsert(aBackup());
  caches.restores.upsert(aRestore());
  caches.jobs.upsert(aJob());
};
const runs = ['backups shop/nightly', 'restores shop/undo'];

test.each<{ why: string; change: (caches: Caches) => void; woken: string[] }>([
  { why: 'a Database wakes itself and the runs that wait for it', change: ({ databases }) => databases.upsert(aDatabase({ metadata: { resourceVersion: '101' } })), woken: ['backups shop/nightly', 'databases shop/orders', 'restores shop/undo'] },
  { why: 'a Database that is gone wakes them too', change: ({ databases }) => databases.delete(aDatabase()), woken: ['backups shop/nightly', 'databases shop/orders', 'restores shop/undo'] },
  { why: 'a Backup that ends wakes itself, the next run and the Restores that wait for it', change: ({ backups }) => backups.upsert(aBackup({ metadata: { resourceVersion: '101' }, status: COMPLETED_BACKUP })), woken: runs },
  { why: 'a Restore wakes itself and the runs of its Database', change: ({ restores }) => restores.delete(aRestore()), woken: ['backups shop/nightly', 'restores shop/undo'] },
  { why: 'a Restore that is edited to name another Database gives the turn to the runs of the one it had', change: ({ restores }) => restores.upsert(aRestore({ metadata: { resourceVersion: '101' }, spec: { databaseRef: { name: 'other' } } })), woken: runs },
  { why: 'a Restore that a Database made for itself wakes it', change: ({ restores }) => restores.upsert(aRestore({ metadata: { name: 'orders-clone', uid: 'clone', ownerReferences: [controllerReference(aDatabase())] }, status: { phase: 'Failed' } })), woken: ['databases shop/orders', 'backups shop/nightly', 'restores shop/orders-clone', 'restores shop/undo'].sort() },
  { why: 'a StatefulSet wakes its Database', change: ({ statefulSets }) => statefulSets.upsert({ ...aStatefulSet(), metadata: { ...aStatefulSet().metadata, labels: { [LABEL_DATABASE]: 'orders' } } }), woken: ['databases shop/orders'] },
])('$why', async ({ change, woken }) => {
  expect(await wokenBy(seen, change)).toEqual(woken);
});

test('a Backup wakes the Databases that are to start with it', async () => {
  const waiting = aDatabase({ metadata: { name: 'copy', uid: 'copy' }, spec: { backupRef: { name: 'nightly' } } });
  const cloned = aDatabase({ metadata: { name: 'done', uid: 'done' }, spec: { backupRef: { name: 'nightly' } }, status: { clonedFrom: { name: 'nightly', time: '2026-01-02T03:00:00Z' } } });
  const woken = await wokenBy(({ databases }) => [waiting, cloned].forEach((database) => void databases.upsert(database)), ({ backups }) => backups.upsert(aBackup({ status: COMPLETED_BACKUP })));
  expect(woken.filter((key) => key.startsWith('databases'))).toEqual(['databases shop/copy']);
});

test('a run of a schedule wakes the schedule, and the Restores that name it', async () => {
  const labels = { [LABEL_SCHEDULE]: 'daily', [LABEL_SCHEDULE_UID]: 'd' };
  const waiting = aRestore({ metadata: { name: 'latest', uid: 'l' }, spec: { backupRef: { name: 'daily' } } });
  const woken = await wokenBy(({ restores }) => void restores.upsert(waiting), ({ backups }) => backups.upsert(aBackup({ metadata: { name: 'daily-1', labels }, status: COMPLETED_BACKUP })));
  expect(woken).toEqual(['backups shop/daily', 'backups shop/daily-1', 'restores shop/latest']);
});

test('a Database wakes the schedules that back it up', async () => {
  const schedule = aBackup({ metadata: { name: 'daily' }, spec: { schedule: '@daily' } });
  expect(await wokenBy(({ backups }) => void backups.upsert(schedule), ({ databases }) => databases.upsert(aDatabase()))).toContain('backups shop/daily');
});

test('the Job that deletes the data of a Backup wakes it', async () => {
  const job = aJob({ metadata: { name: 'x', uid: 'x', ownerReferences: [], labels: { [LABEL_BACKUP]: 'nightly' } } });
  expect(await wokenBy(seen, ({ jobs }) => jobs.upsert(job))).toEqual(['backups shop/nightly']);
});

test('a Job that was cut loose wakes its Database, or what was one', async () => {
  const job = aJob({ metadata: { name: 'x', uid: 'x', ownerReferences: [], labels: { [LABEL_DATABASE]: 'gone' } } });
  expect(await wokenBy(seen, ({ jobs }) => jobs.upsert(job))).toEqual(['databases shop/gone']);
});

test('a Job wakes the run that it is for', async () => {
  expect(await wokenBy(seen, ({ jobs }) => jobs.delete(aJob()))).toContain('backups shop/nightly');
});

test('the pod of a Job wakes the run and the Database that it works on', async () => {
  const woken = await wokenBy(seen, ({ pods }) => pods.upsert(aPod()));
  expect(woken).toEqual(expect.arrayContaining(['backups shop/nightly', 'databases shop/orders']));
});

test('a Backup in another namespace wakes nobody here', async () => {
  const elsewhere = aBackup({ metadata: { namespace: 'other', uid: 'elsewhere' } });
  expect(await wokenBy(seen, ({ backups }) => backups.upsert(elsewhere))).toEqual(['backups other/nightly']);
});
