import { LABEL_SCHEDULE_UID, type Condition, type Database, type Restore, type RestoreSpec } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, anUpgrade, aRestore, COMPLETED_BACKUP, NOW, READY, RESTORE_DEFAULTS } from '../../test/fixtures.ts';
import { createCaches } from '../reconcile/caches.ts';
import { checkRestore } from './checks.ts';
import { observeSource } from './source.ts';

const condition = (type: string, status: Condition['status'], message = ''): Condition => ({ type, status, reason: 'Any', message, lastTransitionTime: NOW });

/** What a Restore says, given a Database and other objects of its namespace. */
function said(restore: Restore, { database = aDatabase({ status: READY }), backups = [], restores = [] }: { database?: Database; backups?: ReturnType<typeof aBackup>[]; restores?: Restore[] }): string {
  const caches = createCaches();
  for (const backup of backups) caches.backups.upsert(backup);
  for (const other of [...restores, restore]) caches.restores.upsert(other);
  const unmet = checkRestore(restore, database, observeSource(caches, restore));
  return unmet === undefined ? 'starts' : `${unmet.hopeless ? 'Failed' : 'waits'}: ${unmet.reason}: ${unmet.message}`;
}

/** A Restore of something else than a Backup. */
const withSource = (source: RestoreSpec['source'], name = 'undo'): Restore => ({ ...aRestore({ metadata: { name, uid: `${name}-uid` } }), spec: { databaseRef: { name: 'orders' }, ...RESTORE_DEFAULTS, ...(source && { source }) } });

const completedAt = (name: string, backupTime: string, database = 'orders'): ReturnType<typeof aBackup> =>
  aBackup({ metadata: { name, uid: `${name}-uid` }, spec: { databaseRef: { name: database } }, status: { ...COMPLETED_BACKUP, backupTime } });

describe('a Restore of what was backed up before a time', () => {
  const backups = [completedAt('monday', '2026-01-05T01:00:00Z'), completedAt('tuesday', '2026-01-06T01:00:00Z'), completedAt('foreign', '2026-01-04T01:00:00Z', 'other')];
  const before = (time: string): Restore => aRestore({ spec: { backupRef: { name: 'tuesday' }, before: time } });

  test('starts when the Backup was completed by then', () => {
    expect(said(before('2026-01-06T01:00:00Z'), { backups })).toBe('starts');
  });

  test('is Failed when it was completed later, and lists what there is of that Database instead of taking one of it', () => {
    expect(said(before('2026-01-06T00:59:59Z'), { backups })).toBe(
      'Failed: NoBackupBefore: Backup tuesday was completed after 2026-01-06T00:59:59Z. Completed Backups of Database orders: tuesday (2026-01-06T01:00:00Z), monday (2026-01-05T01:00:00Z). Name one of them in a new Restore',
    );
  });

  test('takes the newest good run of the schedule that is named', () => {
    const parent = aBackup({ metadata: { name: 'daily', uid: 'daily-uid' }, spec: { schedule: '@daily' }, status: { phase: 'Completed' } });
    const small = completedAt('wednesday', '2026-01-07T01:00:00Z');
    const suspicious = { ...small, metadata: { ...small.metadata, labels: { [LABEL_SCHEDULE_UID]: 'daily-uid' } }, status: { ...small.status, conditions: [condition('Suspicious', 'True')] } };
    const runs = backups.map((backup) => ({ ...backup, metadata: { ...backup.metadata, labels: { [LABEL_SCHEDULE_UID]: 'daily-uid' } } }));
    const caches = createCaches();
    for (const backup of [parent, ...runs, suspicious]) caches.backups.upsert(backup);
    const choose = (time: string | undefined): string | undefined => {
      const source = observeSource(caches, aRestore({ spec: { backupRef: { name: 'daily' }, ...(time !== undefined && { before: time }) } }));
      return source.from === 'backup' ? source.backup?.metadata.name : undefined;
    };
    expect(['2026-01-04T00:00:00Z', '2026-01-05T12:00:00Z', '2026-01-08T00:00:00Z', undefined].map(choose)).toEqual([undefined, 'monday', 'tuesday', 'tuesday']);
  });

  test('waits for a schedule that has no good run yet', () => {
    expect(said(aRestore({ spec: { backupRef: { name: 'daily' } } }), { backups: [aBackup({ metadata: { name: 'daily' }, spec: { schedule: '@daily' }, status: { phase: 'Failed' } })] })).toMatch(/^waits: BackupNotCompleted: Backup daily is a schedule, and has no good backup yet/);
  });

  test('waits for a Backup that has not ended', () => {
    expect(said(before('2027-01-01T00:00:00Z'), { backups: [aBackup({ metadata: { name: 'tuesday' }, status: { phase: 'InProgress' } })] })).toMatch(/^waits: BackupNotCompleted/);
  });
});

describe('a Restore of a Backup of PostgreSQL 16', () => {
  const backups = [aBackup({ status: { ...COMPLETED_BACKUP, serverVersion: '16.4 (Debian 16.4-1)' } })];
  test.each([
    { image: 'postgres:16', says: /^starts$/ },
    { image: 'postgres:18', says: /^starts$/ },
    { image: 'postgres:15', says: /^Failed: ServerTooOld: Backup nightly is of PostgreSQL 16, and Database orders runs 15/ },
  ])('into $image', ({ image, says }) => {
    expect(said(aRestore(), { backups, database: aDatabase({ spec: { image }, status: READY }) })).toMatch(says);
  });

  test('into a Database whose image is not in force goes by the version of its data', () => {
    const upgrade = anUpgrade({ step: 'Refused', from: { image: 'postgres:16', major: 16 }, to: { image: 'postgres:15', major: 15 } });
    expect(said(aRestore(), { backups, database: aDatabase({ spec: { image: 'postgres:15' }, status: { ...READY, upgrade } }) })).toBe('starts');
  });
});

describe('a Restore beside the live database', () => {
  test('is Failed under the name of the live one', () => {
    expect(said(aRestore({ spec: { targetDatabaseName: 'orders' } }), { backups: [aBackup({ status: COMPLETED_BACKUP })] })).toMatch(/^Failed: InvalidSpec: targetDatabaseName is the name of the live database/);
  });

  test('may be of a Backup of a part', () => {
    const part = aBackup({ spec: { selection: { schemas: ['public'] } }, status: COMPLETED_BACKUP });
    expect(said(aRestore({ spec: { targetDatabaseName: 'look' } }), { backups: [part] })).toBe('starts');
  });
});

describe('a Restore of a folder', () => {
  const of = (location: string): Restore => withSource({ location });
  test.each([
    { location: 's3://shop/orders', says: /^starts$/ },
    { location: 'ftp://shop/orders', says: /^Failed: InvalidSpec: source.location ftp:/ },
  ])('$location: $says', ({ location, says }) => {
    expect(said(of(location), {})).toMatch(says);
  });
});

describe('going back', () => {
  const back = withSource({ previousOf: 'undo' }, 'back');
  const previousDatabase = { name: 'previous_eeeeeeee', oid: '16400', keptUntil: '2026-01-03T03:04:05Z' };
  const undone = (status: Restore['status'], parts: Parameters<typeof aRestore>[0] = {}): Restore => aRestore({ ...parts, status: { observedGeneration: 1, ...status } });
  const kept = { phase: 'Completed', previousDatabase } as const;

  test.each<{ why: string; restores: Restore[]; says: RegExp }>([
    { why: 'to a Restore that is not there waits', restores: [], says: /^waits: RestoreNotFound: Restore undo does not exist/ },
    { why: 'to one that is at work waits', restores: [undone({ phase: 'InProgress' })], says: /^waits: RestoreNotCompleted: Restore undo is in phase InProgress/ },
    { why: 'to one that Failed is Failed', restores: [undone({ phase: 'Failed' })], says: /^Failed: PreviousNotKept: Restore undo Failed, so it replaced nothing/ },
    { why: 'starts while it is kept', restores: [undone({ ...kept, conditions: [condition('PreviousKept', 'True')] })], says: /^starts$/ },
    { why: 'is Failed when it was dropped', restores: [undone({ ...kept, conditions: [condition('PreviousKept', 'False', 'dropped on Monday')] })], says: /^Failed: PreviousNotKept: .*dropped on Monday. Restore a Backup instead/ },
    { why: 'is Failed when it kept nothing', restores: [undone({ phase: 'Completed' })], says: /^Failed: PreviousNotKept/ },
    { why: 'to one of another Database is Failed', restores: [undone(kept, { spec: { databaseRef: { name: 'other' } } })], says: /^Failed: PreviousNotKept: Restore undo is of Database other/ },
    { why: 'is left to the runner when that may have been edited', restores: [undone({ ...kept, conditions: [condition('SpecChangeIgnored', 'True')] }, { spec: { databaseRef: { name: 'other' } } })], says: /^starts$/ },
  ])('$why', ({ restores, says }) => {
    expect(said(back, { restores })).toMatch(says);
  });

  test('to itself is Failed', () => {
    expect(said({ ...back, metadata: { ...back.metadata, name: 'undo' } }, {})).toMatch(/^Failed: PreviousNotKept: source.previousOf names this Restore itself/);
  });
});
