import { LABEL_PURPOSE, UPGRADE_BACKUP } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, COMPLETED_BACKUP } from '../../../test/fixtures.ts';
import { createCaches } from '../../reconcile/caches.ts';
import { observeUpgrade } from './world.ts';

describe('the data of before is no longer needed', () => {
  const replacedAt = '2026-01-02T03:00:00.000Z';
  test.each([
    { why: 'with a good Backup that was begun since', startedAt: '2026-01-02T03:00:01.000Z', labels: {}, isThere: true },
    { why: 'not with one from before', startedAt: '2026-01-02T02:59:59.000Z', labels: {}, isThere: false },
    { why: 'not with one that was taken for a way back: when that has failed, it is to be tried again', startedAt: '2026-01-02T03:00:01.000Z', labels: { [LABEL_PURPOSE]: UPGRADE_BACKUP }, isThere: false },
  ])('$why', ({ startedAt, labels, isThere }) => {
    const caches = createCaches();
    caches.backups.upsert(aBackup({ metadata: { labels }, status: { ...COMPLETED_BACKUP, startedAt } }));
    const database = aDatabase({ status: { previous: { image: 'postgres:14', major: 14, replacedAt } } });
    expect(observeUpgrade(caches, database).goodSince !== undefined).toBe(isThere);
  });
});
