import type { DumpSucceeded } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { DUMPED } from '../../test/fixtures.ts';
import { messageOf, ownerRestorable, speedOf } from './completed.ts';

const STORED = '1234 bytes are stored in pvc://orders-backups/shop/orders/nightly-bbbbbbbb';

describe('how fast it was', () => {
  const startedAt = '2026-01-02T03:00:00.000Z';
  test.each([
    { finishedAt: '2026-01-02T03:00:10.000Z', says: { durationSeconds: 10, duration: '10s', bytesPerSecond: 568 } },
    { finishedAt: '2026-01-02T03:00:00.400Z', says: { durationSeconds: 0, duration: '0s', bytesPerSecond: 14_195 } },
    { finishedAt: startedAt, says: { durationSeconds: 0, duration: '0s' } },
    { finishedAt: '2026-01-02T02:59:59.000Z', says: {} },
    { finishedAt: 'soon', says: {} },
  ])('from $finishedAt', ({ finishedAt, says }) => {
    expect(speedOf({ startedAt, finishedAt, plainBytes: 5678 })).toEqual(says);
  });
});

describe('the message tells', () => {
  test.each<{ what: string; result: Partial<DumpSucceeded>; says: string }>([
    { what: 'how much is where', result: {}, says: STORED },
    { what: 'what was counted', result: { tables: 3, rows: 70 }, says: '1234 bytes (70 rows of 3 tables) are stored in pvc://orders-backups/shop/orders/nightly-bbbbbbbb' },
    { what: 'why it was not read from a standby', result: { source: 'Primary', sourceNote: 'there is no standby' }, says: `${STORED}; read from the primary: there is no standby` },
    { what: 'what needs a superuser', result: { superuserOnly: { count: 3, first: ['extension file_fdw'] } }, says: `${STORED}; only a superuser can restore extension file_fdw and 2 more` },
    { what: 'nothing of superusers when the owner suffices', result: { superuserOnly: { count: 0, first: [] } }, says: STORED },
  ])('$what', ({ result, says }) => {
    expect(messageOf({ ...DUMPED, ...result })).toBe(says);
  });
});

describe('OwnerRestorable is', () => {
  test.each<{ how: string; superuserOnly?: DumpSucceeded['superuserOnly']; condition: object | undefined }>([
    { how: 'absent when the runner did not look', condition: undefined },
    { how: 'True when there is nothing', superuserOnly: { count: 0, first: [] }, condition: { status: 'True', reason: 'OwnerSuffices' } },
    {
      how: 'False with the list and what to do',
      superuserOnly: { count: 2, first: ['extension file_fdw', 'event trigger audit'] },
      condition: { status: 'False', reason: 'SuperuserNeeded', message: expect.stringMatching(/restore extension file_fdw, event trigger audit\. A Restore will fail.*back it up again/) as string },
    },
  ])('$how', ({ superuserOnly, condition }) => {
    const seen = ownerRestorable({ ...DUMPED, ...(superuserOnly && { superuserOnly }) });
    expect(seen).toEqual(condition && expect.objectContaining({ type: 'OwnerRestorable', ...condition }));
  });
});
