import type { Backup, BackupStatus, Condition, DatabaseStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aClaim, anEmptyWorld, aWorld } from '../../../test/database-world.ts';
import { aBackup, aDatabase, COMPLETED_BACKUP, NOW, READY } from '../../../test/fixtures.ts';
import { decideDatabase } from '../decide.ts';
import type { DatabaseWorld } from '../world.ts';
import { desiredFinalBackup, finalBackupName } from './final-backup.ts';

const deleted = (parts: { status?: DatabaseStatus; finalBackup?: boolean; annotations?: Record<string, string> } = {}): DatabaseWorld['database'] =>
  aDatabase({ metadata: { deletionTimestamp: NOW, ...(parts.annotations && { annotations: parts.annotations }) }, spec: { finalBackup: parts.finalBackup ?? true }, status: parts.status ?? READY });
const world = (parts: Partial<DatabaseWorld> = {}, database = deleted()): DatabaseWorld => aWorld({ database, ...parts }, aDatabase());
const backup = (status: BackupStatus, message = ''): Backup => {
  const conditions: Condition[] = [{ type: 'BackupReady', status: 'False', reason: 'x', message, lastTransitionTime: NOW }];
  return aBackup({ metadata: { name: 'orders-final-dddddddd' }, status: { ...status, conditions } });
};
const settled = (status: 'True' | 'False', reason: string): DatabaseStatus => ({ ...READY, conditions: [{ type: 'FinalBackup', status, reason, message: '', lastTransitionTime: NOW }] });

/** What is done, and what the condition says. */
function decided(seen: DatabaseWorld): { does: string[]; says: string | undefined; message: string; told: string | undefined } {
  const { effects, status, notice } = decideDatabase(seen, Date.parse(NOW));
  const condition = status?.conditions?.find(({ type }) => type === 'FinalBackup');
  const does = effects.map((effect) => ('object' in effect ? `${effect.do} ${effect.object.metadata.name}` : `${effect.do} ${effect.target.name}`));
  return { does, says: condition && `${condition.status} ${condition.reason}`, message: condition?.message ?? '', told: notice?.reason };
}

describe('a deleted Database with finalBackup', () => {
  test.each<{ why: string; seen: DatabaseWorld; does: string[]; says: string | undefined; told?: string; words?: RegExp }>([
    { why: 'gets that Backup before anything is taken down', seen: world(), does: ['createIfAbsent orders-final-dddddddd'], says: 'False FinalBackupInProgress' },
    { why: 'waits while it runs, and says how it is', seen: world({ finalBackup: backup({ phase: 'Pending' }, 'the primary cannot be reached') }), does: [], says: 'False FinalBackupInProgress', words: /orders-final-dddddddd is Completed: the primary cannot be reached/ },
    { why: 'is looked after meanwhile', seen: world({ finalBackup: backup({ phase: 'InProgress' }), service: undefined }, deleted({ status: { phase: 'Ready', ready: true } })), does: ['ensure orders'], says: 'False FinalBackupInProgress' },
    { why: 'stays when it failed, and says what to do', seen: world({ finalBackup: backup({ phase: 'Failed' }, 'the bucket is full') }), does: [], says: 'False FinalBackupFailed', told: 'FinalBackupFailed', words: /the bucket is full.*delete that Backup.*kubectl annotate database orders --namespace shop database\.example\.com\/skip-final-backup=true/ },
    { why: 'says so once', seen: world({ finalBackup: backup({ phase: 'Failed' }) }, deleted({ status: settled('False', 'FinalBackupFailed') })), does: [], says: 'False FinalBackupFailed' },
    { why: 'writes down that it is there before anything is taken down', seen: world({ finalBackup: backup(COMPLETED_BACKUP) }), does: [], says: 'True FinalBackupCompleted', words: /pvc:\/\/orders-backups/ },
    { why: 'goes when that is written down, whatever becomes of the Backup', seen: world({}, deleted({ status: settled('True', 'FinalBackupCompleted') })), does: ['delete orders'], says: 'True FinalBackupCompleted' },
    { why: 'goes without one when somebody says so', seen: world({ finalBackup: backup({ phase: 'Failed' }) }, deleted({ annotations: { 'database.example.com/skip-final-backup': 'true' } })), does: ['delete orders'], says: undefined },
    { why: 'goes without one when the spec no longer asks for it', seen: world({ finalBackup: backup({ phase: 'Failed' }) }, deleted({ finalBackup: false })), does: ['delete orders'], says: undefined },
    { why: 'goes without one with its namespace, and tells', seen: world({ terminating: true }), does: [], says: 'False NamespaceTerminating', told: 'NamespaceTerminating', words: /without a final Backup/ },
    { why: 'goes on with its namespace', seen: world({ terminating: true }, deleted({ status: settled('False', 'NamespaceTerminating') })), does: ['delete orders'], says: 'False NamespaceTerminating' },
    { why: 'goes without one when there never was anything', seen: anEmptyWorld(deleted()), does: ['setFinalizers orders'], says: undefined },
    { why: 'gets one when only the volume is left, with servers', seen: { ...anEmptyWorld(deleted()), claims: [aClaim()] }, does: ['createIfAbsent orders-final-dddddddd', 'ensure orders-config'], says: 'False FinalBackupInProgress' },
  ])('$why', ({ seen, does, says, told, words = / */ }) => {
    expect(decided(seen)).toEqual({ does, says, told, message: expect.stringMatching(words) });
  });

  test('whose finalizer is gone is left alone', () => {
    expect(decideDatabase(world({}, aDatabase({ metadata: { deletionTimestamp: NOW, finalizers: ['of.somebody/else'] }, spec: { finalBackup: true } })), 0)).toEqual({ effects: [] });
  });
});

describe('the final Backup', () => {
  test('is marked as the operator\'s own, and nobody owns it', () => {
    expect(desiredFinalBackup(deleted())).toEqual({
      apiVersion: 'database.example.com/v1',
      kind: 'Backup',
      metadata: { name: 'orders-final-dddddddd', namespace: 'shop', labels: { 'app.kubernetes.io/managed-by': 'postgres-operator', 'database.example.com/database': 'orders', 'database.example.com/purpose': 'final-backup' } },
      spec: { databaseRef: { name: 'orders' } },
    });
  });

  test('has a name that fits, however long that of the Database is', () => {
    expect(finalBackupName(aDatabase({ metadata: { name: 'd'.repeat(52) } }))).toBe(`${'d'.repeat(37)}-final-dddddddd`);
  });
});
