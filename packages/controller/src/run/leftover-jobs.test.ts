import { LABEL_BACKUP, LABEL_DATABASE } from '@postgres-operator/api';
import { expect, test } from 'vitest';
import { aBackup, aDatabase, aJob, type AJob } from '../../test/fixtures.ts';
import { createCaches } from '../reconcile/caches.ts';
import { leftoverJobsGauge } from './leftover-jobs.ts';

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
