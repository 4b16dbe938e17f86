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

describe('the last proof of a Database', () => {
  const proven = (time: string, bytesPerSecond: number, is: 'True' | 'False' = 'True'): BackupStatus => ({
    ...completed(NOW, {}),
    verification: { time, bytesPerSecond },
    conditions: [{ type: 'RestoreProven', status: is, reason: 'R', message: '', lastTransitionTime: NOW }],
  });

  test('is that of the drill that proved last, and how long a gigabyte takes', () => {
    const caches = cachesWith();
    backup(caches, 'a', proven('2026-01-02T03:00:00Z', 50_000_000));
    backup(caches, 'b', proven('2026-01-01T03:00:00Z', 10_000_000));
    backup(caches, 'c', proven('2026-01-02T03:01:00Z', 10_000_000, 'False'));
    expect(shown(caches, 'database_backup_last_proven_timestamp_seconds')).toEqual(['shop/orders = 1767322800']);
    expect(shown(caches, 'database_backup_last_proven_seconds_per_gigabyte')).toEqual(['shop/orders = 20']);
  });

  test('is not there before there is one', () => {
    const caches = cachesWith();
    backup(caches, 'a', completed(NOW, {}));
    expect(shown(caches, 'database_backup_last_proven_timestamp_seconds')).toEqual([]);
  });
});

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

describe('the newest good backup of a Database', () => {
  const age = 'database_backup_last_good_timestamp_seconds';

  test('is told by the moment of its content', () => {
    const caches = cachesWith();
    backup(caches, 'a', completed('2026-01-02T03:10:00Z', { backupTime: '2026-01-02T03:00:00Z' }));
    expect(shown(caches, age)).toEqual(['shop/orders = 1767322800']);
  });

  test('is neither one of a selection nor a suspicious one, though both are Completed', () => {
    const caches = cachesWith();
    backup(caches, 'good', completed('2026-01-01T03:00:00Z'));
    caches.backups.upsert(aBackup({ metadata: { name: 'part', uid: 'part' }, spec: { databaseRef: { name: 'orders' }, selection: { tables: ['a'] } }, status: completed('2026-01-02T03:00:00Z') }));
    backup(caches, 'less', completed('2026-01-02T03:00:00Z', { conditions: [{ type: 'Suspicious', status: 'True', reason: 'MuchSmaller', message: '', lastTransitionTime: NOW }] }));
    expect(shown(caches, age)).toEqual([`shop/orders = ${Date.parse('2026-01-01T03:00:00Z') / 1000}`]);
    expect(shown(caches, 'database_backup_last_success_timestamp_seconds')).toEqual(['shop/orders = 1767322800']);
  });
});

describe('runs that wait', () => {
  const waiting = 'database_run_waiting_since_timestamp_seconds';

  test('are told by name, with what they wait for, until they start', () => {
    const caches = cachesWith();
    const conditions: Condition[] = [{ type: 'BackupReady', status: 'False', reason: 'CredentialsNotFound', message: '', lastTransitionTime: NOW }];
    backup(caches, 'waits', { phase: 'Pending', conditions });
    backup(caches, 'works', { phase: 'InProgress' });
    backup(caches, 'homeless', { phase: 'Pending' }, { database: 'nowhere' });
    const since = Date.parse(aBackup().metadata.creationTimestamp ?? '') / 1000;
    expect(shown(caches, waiting)).toEqual([`Backup/waits/shop/orders/CredentialsNotFound = ${since}`, `Backup/homeless/shop/nowhere/ = ${since}`]);
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

  test('are told by the time of the newest, so that it can be compared with that of the newest success', () => {
    const caches = cachesWith();
    backup(caches, 'a', { ...FAILED('StorageFull'), completedAt: '2026-01-02T03:00:00Z' });
    backup(caches, 'b', { ...FAILED('StorageFull'), completedAt: '2026-01-01T03:00:00Z' });
    caches.restores.upsert(aRestore({ status: FAILED('BackupCorrupt') }));
    expect(shown(caches, 'database_backup_last_failure_timestamp_seconds')).toEqual(['shop/orders = 1767322800']);
    expect(shown(caches, 'database_restore_last_failure_timestamp_seconds')).toEqual(['shop/orders = 1767323045']);
  });
});
