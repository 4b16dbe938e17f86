import { findCondition, LABEL_SCHEDULE_UID, type Backup, type Database, type DatabaseStatus, type Restore } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aWorld } from '../../../test/database-world.ts';
import { aBackup, aDatabase, aRestore, COMPLETED_BACKUP, NOW } from '../../../test/fixtures.ts';
import { createCaches } from '../../reconcile/caches.ts';
import type { Effect } from '../../reconcile/plan.ts';
import { decideDatabase } from '../decide.ts';
import { cloneName } from './desired-clone.ts';
import { observeClone } from './world.ts';

const now = Date.parse(NOW);
const BORN = '2026-01-02T03:00:00Z';

/** A Database `name` that starts with Backup `backup`, its servers running. */
const starting = (name = 'orders', backup = 'nightly', status: DatabaseStatus = { phase: 'Verifying' }): Database =>
  aDatabase({ metadata: { name, uid: `${name}-uid` }, spec: { backupRef: { name: backup } }, status });
const backupOf = (name: string, database: string, status?: Backup['status']): Backup => aBackup({ metadata: { name, uid: `${name}-uid` }, spec: { databaseRef: { name: database } }, ...(status && { status }) });
const good = backupOf('nightly', 'other', COMPLETED_BACKUP);

/** The Restore that a Database made. */
const child = (status: Restore['status'], owner = 'orders-uid'): Restore =>
  aRestore({ metadata: { name: 'orders-clone', ownerReferences: [{ apiVersion: '', kind: 'Database', name: 'orders', uid: owner, controller: true }] }, ...(status && { status }) });
const failedFor = (reason: string, message = 'so it says'): Restore =>
  child({ phase: 'Failed', conditions: [{ type: 'Stalled', status: 'True', reason, message, lastTransitionTime: NOW }] });

interface Others {
  readonly databases?: readonly Database[];
  readonly backups?: readonly Backup[];
  readonly restores?: readonly Restore[];
  readonly volumeSince?: string;
}

/** What is decided about a Database among other objects. */
function decided(database: Database, { databases = [], backups = [], restores = [], volumeSince = BORN }: Others): { status: DatabaseStatus; effects: readonly Effect[]; cloned: string } {
  const caches = createCaches();
  for (const object of databases) caches.databases.upsert(object);
  for (const object of backups) caches.backups.upsert(object);
  for (const object of restores) caches.restores.upsert(object);
  const { namespace, name } = database.metadata;
  caches.claims.upsert({ metadata: { name: `data-${name}-0`, namespace, uid: 'claim', resourceVersion: '1', creationTimestamp: volumeSince } });
  const { status = {}, effects } = decideDatabase(aWorld({ database, clone: observeClone(caches, database) }, aDatabase({ metadata: { name, uid: `${name}-uid` } })), now);
  const { status: value, reason, message } = findCondition(status.conditions, 'Cloned') ?? {};
  return { status, effects: effects.filter((effect) => effect.do === 'createRestore'), cloned: `${value} ${reason}: ${message}` };
}

describe('a Database with backupRef waits', () => {
  test.each<{ why: string; backups: Backup[]; says: RegExp; halted: boolean }>([
    { why: 'for a Backup that is not there', backups: [], says: /^False BackupNotFound: Backup nightly does not exist in this namespace; the Database goes on when/, halted: false },
    { why: 'for one that has not ended', backups: [backupOf('nightly', 'other', { phase: 'InProgress' })], says: /^False BackupNotCompleted: Backup nightly is in phase InProgress/, halted: false },
    { why: 'without hope for one that Failed', backups: [backupOf('nightly', 'other', { phase: 'Failed' })], says: /^False BackupNotCompleted: Backup nightly is Failed and will never/, halted: true },
    { why: 'without hope for one that waits for it in turn', backups: [backupOf('nightly', 'orders')], says: /^False CloneCycle: Database orders waits for Backup nightly waits for Database orders: none/, halted: true },
  ])('$why', ({ backups, says, halted }) => {
    const database = starting();
    const { status, effects, cloned } = decided(database, { databases: [database], backups });
    expect(cloned).toMatch(says);
    expect([status.phase, status.ready, effects]).toEqual(['Verifying', false, []]);
    expect(`False ${findCondition(status.conditions, 'Ready')?.reason}`).toBe(cloned.split(':')[0]);
    expect(findCondition(status.conditions, 'Stalled')?.status).toBe(halted ? 'True' : undefined);
  });

  test('and says so from the beginning, while its servers are made', () => {
    const { status, cloned } = decided(starting('orders', 'nightly', { phase: 'Pending' }), {});
    expect([status.phase, cloned]).toEqual(['Provisioning', expect.stringMatching(/^False BackupNotFound/)]);
  });
});

describe('a circle', () => {
  const first = starting('orders', 'of-second');
  const second = starting('second', 'of-third');
  const third = starting('third', 'of-orders');
  const waits = [backupOf('of-second', 'second'), backupOf('of-third', 'third'), backupOf('of-orders', 'orders')];

  test('over several Databases is named whole', () => {
    expect(decided(first, { databases: [first, second, third], backups: waits }).cloned).toContain(
      'Database orders waits for Backup of-second waits for Database second waits for Backup of-third waits for Database third waits for Backup of-orders waits for Database orders',
    );
  });

  test('that others make holds up those who wait for them too', () => {
    const looped = starting('second', 'own');
    expect(decided(first, { databases: [first, looped], backups: [backupOf('of-second', 'second'), backupOf('own', 'second')] }).cloned).toMatch(/CloneCycle: .*Database second waits for Backup own waits for Database second/);
  });

  test.each<{ why: string; databases: Database[]; backups: Backup[] }>([
    { why: 'a Backup of its own that is there already', databases: [first], backups: [backupOf('of-second', 'orders', COMPLETED_BACKUP)] },
    { why: 'a Backup that has begun', databases: [first], backups: [backupOf('of-second', 'orders', { phase: 'InProgress', jobUID: 'job' })] },
    { why: 'a Database that is Ready', databases: [first, starting('second', 'of-third', { phase: 'Ready' }), third], backups: waits },
    { why: 'a Database that has its content', databases: [first, starting('second', 'of-third', { phase: 'Deploying', clonedFrom: { name: 'of-third', time: NOW } }), third], backups: waits },
  ])('is none with $why', ({ databases, backups }) => {
    expect(decided(first, { databases, backups }).cloned).not.toContain('CloneCycle');
  });
});

describe('when the Backup is Completed', () => {
  test('a Restore is made, which belongs to the Database', () => {
    expect(decided(starting(), { backups: [good] }).effects).toMatchObject([
      {
        object: { kind: 'Restore', metadata: { name: 'orders-clone', ownerReferences: [{ kind: 'Database', uid: 'orders-uid', controller: true }] }, spec: { databaseRef: { name: 'orders' }, backupRef: { name: 'nightly' } } },
        seen: { name: 'orders', resourceVersion: '100' },
      },
    ]);
  });

  test.each([
    { why: 'a volume of its own is filled whatever it holds', volumeSince: BORN, onlyIfEmpty: undefined },
    { why: 'a volume from before is filled only if it is empty', volumeSince: '2026-01-02T02:59:59Z', onlyIfEmpty: true },
  ])('$why', ({ volumeSince, onlyIfEmpty }) => {
    const [effect] = decided(starting(), { backups: [good], volumeSince }).effects;
    expect(effect).toHaveProperty('object.spec', { databaseRef: { name: 'orders' }, backupRef: { name: 'nightly' }, ...(onlyIfEmpty && { onlyIfEmpty }) });
  });

  test('nothing is made before the servers run', () => {
    expect(decided(starting('orders', 'nightly', { phase: 'Pending' }), { backups: [good] }).effects).toEqual([]);
  });

  test('a Restore of that name that belongs to another Database is not taken for it', () => {
    expect(decided(starting(), { backups: [good], restores: [child({ phase: 'Completed' }, 'somebody')] }).effects).toHaveLength(1);
  });
});

describe('of a schedule', () => {
  const schedule = aBackup({ metadata: { name: 'nightly', uid: 'nightly-uid' }, spec: { databaseRef: { name: 'other' }, schedule: '@daily' } });
  const run = (status: Backup['status']): Backup => aBackup({ metadata: { name: 'nightly-1', uid: 'run', labels: { [LABEL_SCHEDULE_UID]: 'nightly-uid' } }, spec: { databaseRef: { name: 'other' } }, ...(status && { status }) });

  test('it takes a good run', () => {
    expect(decided(starting(), { backups: [schedule, run(COMPLETED_BACKUP)] }).effects).toMatchObject([{ object: { spec: { backupRef: { name: 'nightly' } } } }]);
  });

  test('it waits while there is none', () => {
    const { effects, cloned } = decided(starting(), { backups: [schedule, run({ phase: 'Failed' })] });
    expect([effects, cloned]).toEqual([[], 'False BackupNotCompleted: Backup nightly is a schedule, and has no good backup yet; the Database goes on when it has one']);
  });
});

describe('the Restore', () => {
  const completed = child({ phase: 'Completed', backupName: 'nightly', backupLocation: COMPLETED_BACKUP.backupLocation ?? '', restoreTime: NOW, tables: 4, rows: 42 });

  test('is waited for, in its own words', () => {
    const running = child({ phase: 'InProgress', conditions: [{ type: 'RestoreReady', status: 'False', reason: 'RestoreInProgress', message: 'The runner is at work', lastTransitionTime: NOW }] });
    const { status, effects, cloned } = decided(starting(), { backups: [good], restores: [running] });
    expect([status.phase, effects, cloned]).toEqual(['Verifying', [], 'False Cloning: Restore orders-clone brings the content of Backup nightly: The runner is at work']);
  });

  test('that is Completed makes the Database Ready, which says what it started with', () => {
    const { status, cloned } = decided(starting(), { backups: [good], restores: [completed] });
    expect(cloned).toBe('True CloneCompleted: Restore orders-clone brought the content of Backup nightly: 42 rows of 4 tables');
    expect(status).toMatchObject({ phase: 'Ready', clonedFrom: { name: 'nightly', uid: 'nightly-uid', location: COMPLETED_BACKUP.backupLocation, manifestSha256: COMPLETED_BACKUP.manifestSha256, time: NOW } });
  });

  test('of a Backup that is another one by now says no more than it knows', () => {
    const later = backupOf('nightly', 'other', { ...COMPLETED_BACKUP, backupLocation: 'pvc://elsewhere/x' });
    expect(decided(starting(), { backups: [later], restores: [completed] }).status.clonedFrom).toEqual({ name: 'nightly', location: COMPLETED_BACKUP.backupLocation, time: NOW });
  });

  test('that Failed keeps the Database from Ready, names its reason, and how to go on', () => {
    const { status, effects, cloned } = decided(starting(), { backups: [good], restores: [failedFor('BackupCorrupt')] });
    expect(cloned).toBe('False CloneFailed: Restore orders-clone of Backup nightly failed (BackupCorrupt: so it says). Mend the cause, then delete that Restore: a new one is made');
    expect([status.phase, effects, findCondition(status.conditions, 'Stalled')?.reason]).toEqual(['Verifying', [], 'CloneFailed']);
    const retried = decided(aDatabase({ metadata: { uid: 'orders-uid' }, spec: { backupRef: { name: 'nightly' } }, status }), { backups: [good] });
    expect([retried.effects.length, findCondition(retried.status.conditions, 'Stalled')?.status]).toEqual([1, 'False']);
  });

  test('that is being deleted is waited for', () => {
    const going = { ...failedFor('BackupCorrupt'), metadata: { ...failedFor('BackupCorrupt').metadata, deletionTimestamp: NOW } };
    expect(decided(starting(), { backups: [good], restores: [going] })).toMatchObject({ effects: [], cloned: expect.stringContaining('is being deleted') as string });
  });

  test('that found content in a volume from before leaves it, and the Database is Ready with it', () => {
    const { status, cloned } = decided(starting(), { backups: [good], restores: [failedFor('TargetNotEmpty')] });
    expect(cloned).toMatch(/^False ContentKept: The volume held content from before/);
    expect([status.phase, status.clonedFrom]).toEqual(['Ready', undefined]);
    // For good, also when somebody tidies the Restore away.
    const after = decided(aDatabase({ metadata: { uid: 'orders-uid' }, spec: { backupRef: { name: 'nightly' } }, status }), { backups: [good] });
    expect([after.status, after.effects]).toEqual([status, []]);
  });
});

test('a Database that has its content never asks for it again', () => {
  const clonedFrom = { name: 'nightly', time: NOW };
  const { status, effects } = decided(starting('orders', 'gone', { phase: 'Verifying', clonedFrom }), {});
  expect([status.phase, status.clonedFrom, effects]).toEqual(['Ready', clonedFrom, []]);
});

test.each([
  ['shop', 'shop-clone'],
  ['d'.repeat(46), `${'d'.repeat(46)}-clone`],
  ['d'.repeat(47), `${'d'.repeat(37)}-0123abcd-clone`],
])('the Restore of Database %s is called %s', (name, expected) => {
  expect(cloneName(aDatabase({ metadata: { name, uid: '0123abcd-0000-4000-8000-000000000000' } }))).toBe(expected);
});
