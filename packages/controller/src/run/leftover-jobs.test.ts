import { LABEL_BACKUP, LABEL_DATABASE } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aJob, NOW, type AJob } from '../../test/fixtures.ts';
import { createCaches } from '../reconcile/caches.ts';
import { decideLeftovers, leftoverJobsGauge } from './leftover-jobs.ts';

const loose = (labels: Record<string, string>): AJob => ({ ...aJob(), metadata: { ...aJob().metadata, labels, ownerReferences: [] } });

test.each<[string, AJob, number]>([
  ['the Job of a Backup that is there', aJob({ owner: aBackup() }), 0],
  ['the Job of a Backup that is gone', aJob({ owner: aBackup({ metadata: { name: 'gone', uid: 'gone' } }) }), 1],
  ['the Job of one of the same name before', aJob({ owner: aBackup({ metadata: { uid: 'before' } }) }), 1],
  ['one that was cut loose', loose({ [LABEL_DATABASE]: 'orders' }), 1],
  ['one that deletes the data of a Backup', loose({ [LABEL_DATABASE]: 'orders', [LABEL_BACKUP]: 'gone' }), 0],
])('Leftover or not: %s', (_, job, count) => {
  const caches = createCaches();
  caches.databases.upsert(aDatabase());
  caches.backups.upsert(aBackup());
  caches.jobs.upsert(job);
  expect(leftoverJobsGauge(caches).samples()).toEqual(count === 0 ? [] : [{ labels: { namespace: 'shop' }, value: count }]);
});

describe('a Job that was cut loose', () => {
  const now = Date.parse(NOW);
  const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
  const endedAgo = (minutes: number, job: AJob, type = 'Complete'): AJob => ({ ...job, status: { conditions: [{ type, status: 'True', lastTransitionTime: minutesAgo(minutes) }] } });
  const cut = loose({ [LABEL_DATABASE]: 'orders' });

  test.each<{ why: string; job: AJob; goes?: boolean; again?: number }>([
    { why: 'goes ten minutes after its end', job: endedAgo(10, cut), goes: true },
    { why: 'goes as well when it failed', job: endedAgo(10, cut, 'Failed'), goes: true },
    { why: 'can be looked at until then', job: endedAgo(4, cut), again: 6 },
    { why: 'is left to its deadline while it works', job: cut },
    { why: 'is not deleted twice', job: endedAgo(10, { ...cut, metadata: { ...cut.metadata, deletionTimestamp: NOW } }) },
  ])('$why', ({ job, goes = false, again }) => {
    const { effects, requeueAfterMs } = decideLeftovers([job], now);
    expect(effects).toMatchObject(goes ? [{ do: 'delete', resource: 'jobs', target: { name: job.metadata.name, uid: job.metadata.uid } }] : []);
    expect(requeueAfterMs).toBe(again === undefined ? undefined : again * 60_000);
  });

  test.each<[string, AJob]>([
    ['that has an owner, whatever it is: Kubernetes looks after it', aJob({ owner: aBackup({ metadata: { uid: 'gone' } }) })],
    ["that deletes a Backup's data", loose({ [LABEL_DATABASE]: 'orders', [LABEL_BACKUP]: 'gone' })],
    ['that is not about a Database', loose({})],
  ])('is not one %s', (_, job) => expect(decideLeftovers([endedAgo(60, job)], now)).toEqual({ effects: [] }));
});
