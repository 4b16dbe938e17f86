import type { BackupStatus, Condition, RestoreStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aRestore, NOW } from '../../test/fixtures.ts';
import { createCaches, type Caches } from '../reconcile/caches.ts';
import { runGauges } from './gauges.ts';

const stalled = (reason: string): Condition[] => [{ type: 'Stalled', status: 'True', reason, message: '', lastTransitionTime: NOW }];
const FAILED = (reason: string): BackupStatus & RestoreStatus => ({ phase: 'Failed', completedAt: NOW, conditions: stalled(reason) });
const completed = (completedAt: string, fields: BackupStatus = {}): BackupStatus => ({ phase: 'Completed', completedAt, ...fields });

const backup = (caches: Caches, name: string, status: BackupStatus, parts: { database?: string; namespace?: string } = {}): void =>
  caches.backups.upsert(aBackup({ metadata: { name, uid: name, namespace: parts.namespace ?? 'shop' }, spec: { databaseRef: { name: parts.database ?? 'orders' } }, status }));

/** Caches with the Databases that the stories speak of. */
function cachesWith(): Caches {
  const caches = createCaches();
  for (const key of ['shop/orders', 'shop/other', 'shop/unlucky', 'mall/orders']) {
    const [namespace = '', name = ''] = key.split('/');
    caches.databases.upsert(aDatabase({ metadata: { namespace, name, uid: key } }));
  }
  return caches;
}

/** A gauge as namespace/database/reason = value. */
function shown(caches: Caches, name: string): string[] {
  const gauge = runGauges(caches).find((each) => each.name === name);
  return (gauge?.samples() ?? []).map(({ labels, value }) => `${Object.values(labels).join('/')} = ${value}`);
}

describe('the last success of a Database', () => {
  test('is its newest Completed Backup, whatever failed or waits since', () => {
    const caches = cachesWith();
    backup(caches, 'new', completed('2026-01-02T03:00:00Z', { bytes: 20, rows: 7, durationSeconds: 3 }));
    backup(caches, 'old', completed('2026-01-01T03:00:00Z', { bytes: 10, rows: 5, durationSeconds: 2 }));
    backup(caches, 'failed', FAILED('StorageFull'));
    backup(caches, 'waiting', { phase: 'Pending' });
    expect(shown(caches, 'database_backup_last_success_timestamp_seconds')).toEqual(['shop/orders = 1767322800']);
    expect(shown(caches, 'database_backup_last_success_bytes')).toEqual(['shop/orders = 20']);
    expect(shown(caches, 'database_backup_last_success_rows')).toEqual(['shop/orders = 7']);
    expect(shown(caches, 'database_backup_last_success_duration_seconds')).toEqual(['shop/orders = 3']);
  });

  test('is told for each Database of each namespace, and not for one that has none', () => {
    const caches = cachesWith();
    backup(caches, 'a', completed(NOW, { bytes: 1 }));
    backup(caches, 'b', completed(NOW, { bytes: 2 }), { database: 'other' });
    backup(caches, 'c', completed(NOW, { bytes: 3 }), { namespace: 'mall' });
    backup(caches, 'd', FAILED('DumpFailed'), { database: 'unlucky' });
    expect(shown(caches, 'database_backup_last_success_bytes').sort()).toEqual(['mall/orders = 3', 'shop/orders = 1', 'shop/other = 2']);
  });

  test('says nothing of what an older version did not count', () => {
    const caches = cachesWith();
    backup(caches, 'a', completed(NOW, { bytes: 1 }));
    expect([shown(caches, 'database_backup_last_success_rows'), shown(caches, 'database_backup_last_success_duration_seconds')]).toEqual([[], []]);
  });

  test('goes with its Backup', () => {
    const caches = cachesWith();
    backup(caches, 'a', completed(NOW, { bytes: 1 }));
    caches.backups.delete(aBackup({ metadata: { name: 'a', uid: 'a' } }));
    expect(shown(caches, 'database_backup_last_success_bytes')).toEqual([]);
  });

  test('goes with its Database, though its Backups stay', () => {
    const caches = cachesWith();
    backup(caches, 'a', completed(NOW, { bytes: 1 }));
    backup(caches, 'b', FAILED('DumpFailed'));
    caches.databases.delete(aDatabase({ metadata: { uid: 'shop/orders' } }));
    expect([shown(caches, 'database_backup_last_success_bytes'), shown(caches, 'database_backup_failures')]).toEqual([[], []]);
  });

  test('is not that of another one that had its name before', () => {
    const caches = cachesWith();
    backup(caches, 'a', completed(NOW, { bytes: 1, databaseUID: 'shop/orders' }));
    backup(caches, 'b', completed('2027-01-02T03:00:00Z', { bytes: 2, databaseUID: 'earlier' }));
    expect(shown(caches, 'database_backup_last_success_bytes')).toEqual(['shop/orders = 1']);
  });

  test('is told of Restores too', () => {
    const caches = cachesWith();
    caches.restores.upsert(aRestore({ status: { phase: 'Completed', completedAt: NOW } }));
    expect(shown(caches, 'database_restore_last_success_timestamp_seconds')).toEqual(['shop/orders = 1767323045']);
  });
});

describe('failures', () => {
  test('are counted by Database and reason', () => {
    const caches = cachesWith();
    backup(caches, 'a', FAILED('StorageFull'));
    backup(caches, 'b', FAILED('StorageFull'));
    backup(caches, 'c', FAILED('OutOfMemory'));
    backup(caches, 'd', completed(NOW));
    caches.restores.upsert(aRestore({ status: FAILED('BackupCorrupt') }));
    expect(shown(caches, 'database_backup_failures')).toEqual(['shop/orders/StorageFull = 2', 'shop/orders/OutOfMemory = 1']);
    expect(shown(caches, 'database_restore_failures')).toEqual(['shop/orders/BackupCorrupt = 1']);
  });
});
