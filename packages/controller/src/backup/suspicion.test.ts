import { ANNOTATION_ACCEPTED, LABEL_SCHEDULE_UID, type Anomaly, type Backup, type BackupSpec, type BackupStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, COMPLETED_BACKUP, DUMPED, ended, NOW } from '../../test/fixtures.ts';
import { AT_WORK, aBackupWorld, BACKUP } from '../../test/run-world.ts';
import { decideRun } from '../run/decide.ts';
import { comparedWith, suspicionOf, type Amount } from './suspicion.ts';

const aRun = (name: string, status: BackupStatus, spec: Partial<BackupSpec> = {}): Backup => aBackup({ metadata: { name, uid: name, labels: { [LABEL_SCHEDULE_UID]: 's' } }, spec, status });
const before = (amount: Amount): Backup => aRun('before', { ...COMPLETED_BACKUP, backupTime: '2026-01-01T03:00:00Z', ...(amount as BackupStatus) });
const USUAL = { tables: 20, rows: 100_000, plainBytes: 10_000_000 };

describe('a backup', () => {
  test.each<{ why: string; then?: Amount | undefined; now: Amount; anomaly?: Anomaly; is: string }>([
    { why: 'with as much as before', now: USUAL, is: 'False AsExpected' },
    { why: 'with more', now: { tables: 30, rows: 900_000, plainBytes: 90_000_000 }, is: 'False AsExpected' },
    { why: 'with a little less', now: { tables: 19, rows: 60_000, plainBytes: 6_000_000 }, is: 'False AsExpected' },
    { why: 'with half of the rows', now: { ...USUAL, rows: 50_000 }, is: 'True RowsDropped' },
    { why: 'with one row more than half', now: { ...USUAL, rows: 50_001 }, is: 'False AsExpected' },
    { why: 'with nothing in it', now: { tables: 0, rows: 0, plainBytes: 900 }, is: 'True TablesMissing' },
    { why: 'with as many tables, all empty', now: { tables: 20, rows: 0, plainBytes: 90_000 }, is: 'True RowsDropped' },
    { why: 'with as many rows, which have become small', now: { ...USUAL, plainBytes: 1_000_000 }, is: 'True BytesDropped' },
    { why: 'with three of twenty tables missing', now: { ...USUAL, tables: 17 }, is: 'True TablesMissing' },
    { why: 'with two of twenty tables missing', now: { ...USUAL, tables: 18 }, is: 'False AsExpected' },
    { why: 'with one of two tables missing', then: { ...USUAL, tables: 2 }, now: { ...USUAL, tables: 1 }, is: 'False AsExpected' },
    { why: 'with a table missing where none may', now: { ...USUAL, tables: 19 }, anomaly: { maxMissingTables: 0 }, is: 'True TablesMissing' },
    { why: 'with a fifth less where a tenth is much', now: { ...USUAL, rows: 80_000 }, anomaly: { maxRowDropPercent: 10 }, is: 'True RowsDropped' },
    { why: 'with nothing, where everything may go', now: { tables: 20, rows: 0, plainBytes: 0 }, anomaly: { maxRowDropPercent: 100 }, is: 'False AsExpected' },
    { why: 'of a tiny database', then: { tables: 3, rows: 999, plainBytes: 900 }, now: { tables: 0, rows: 0, plainBytes: 1 }, is: 'not compared' },
    { why: 'of a tiny database that matters', then: { tables: 3, rows: 10, plainBytes: 900 }, now: { tables: 3, rows: 0, plainBytes: 1 }, anomaly: { minRows: 1 }, is: 'True RowsDropped' },
    { why: 'of an empty database that stays empty', then: { tables: 1, rows: 0, plainBytes: 10 }, now: { tables: 1, rows: 0, plainBytes: 10 }, anomaly: { minRows: 0 }, is: 'False AsExpected' },
    { why: 'of a runner that does not count', now: {}, is: 'not compared' },
    { why: 'that is the first', then: undefined, now: USUAL, is: 'not compared' },
  ])('$why is: $is', (example) => {
    const then = 'then' in example ? example.then : USUAL;
    const seen = suspicionOf(example.now, then && before(then), example.anomaly);
    expect(seen === undefined ? 'not compared' : `${seen.status} ${seen.reason}`).toBe(example.is);
  });

  test('says how much is missing, and how to accept it', () => {
    expect(suspicionOf({ ...USUAL, rows: 1000 }, before(USUAL))?.message).toBe('It has 1000 rows instead of 100000, 99 % fewer than the last good backup before (2026-01-01T03:00Z). If that is meant to be so, annotate this Backup with database.example.com/accepted');
  });
});

test('it is compared with the newest good run of the same content', () => {
  const [old, young] = [aRun('old', { ...COMPLETED_BACKUP, backupTime: '2026-01-01T01:00:00Z' }), aRun('young', { ...COMPLETED_BACKUP, backupTime: '2026-01-01T02:00:00Z' })];
  const part = aRun('part', { ...COMPLETED_BACKUP, backupTime: '2026-01-01T03:00:00Z' }, { selection: { tables: ['a'] } });
  const failed = aRun('failed', { phase: 'Failed', completedAt: '2026-01-01T04:00:00Z' });
  const self = aRun('self', { phase: 'InProgress' });
  expect(comparedWith(self, [old, young, part, failed, self])?.metadata.name).toBe('young');
  expect(comparedWith(aBackup(), [old, young])).toBeUndefined();
});

describe('the status of a run', () => {
  const object = aBackup({ status: AT_WORK });
  const ran = { object, job: aJob(), pods: [aPod({ state: ended(0, { ...DUMPED, tables: 20, rows: 10 }) })], lastGood: before(USUAL) };

  test('is Completed and Suspicious in one write', () => {
    const { status } = decideRun(BACKUP, aBackupWorld(ran), Date.parse(NOW));
    expect(status).toMatchObject({ phase: 'Completed', conditions: expect.arrayContaining([expect.objectContaining({ type: 'Suspicious', status: 'True', reason: 'RowsDropped' })]) as unknown });
    expect(status?.conditions?.find(({ type }) => type === 'BackupReady')?.message).toMatch(/suspicious: It has 10 rows instead of 100000/);
  });

  test('says when a person has accepted it, once', () => {
    const { status } = decideRun(BACKUP, aBackupWorld(ran), Date.parse(NOW));
    const accepted = aBackup({ metadata: { annotations: { [ANNOTATION_ACCEPTED]: 'yes' } }, ...(status && { status: status as BackupStatus }) });
    const after = decideRun(BACKUP, aBackupWorld({ object: accepted }), Date.parse(NOW)).status;
    expect(after?.conditions).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'Suspicious', status: 'False', reason: 'Accepted' })]));
    expect(decideRun(BACKUP, aBackupWorld({ object: { ...accepted, ...(after && { status: after as BackupStatus }) } }), Date.parse(NOW)).status).toBeUndefined();
  });
});
