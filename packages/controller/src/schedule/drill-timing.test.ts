import { ConditionType, type Backup, type BackupStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, COMPLETED_BACKUP, NOW } from '../../test/fixtures.ts';
import { drillTimingOf, type DrillTiming } from './drill-timing.ts';

const now = Date.parse(NOW);
const aSchedule = (schedule: string | undefined, status?: BackupStatus): Backup => aBackup({ spec: { schedule: '@daily', verification: { volumeSize: '10Gi', ...(schedule !== undefined && { schedule }) } }, ...(status && { status }) });
const aRun = (name: string, backupTime: string, more: BackupStatus = {}): Backup => aBackup({ metadata: { name, uid: name }, status: { ...COMPLETED_BACKUP, backupTime, ...more } });
const RUNS = [aRun('monday', '2026-01-01T00:00:00Z'), aRun('tuesday', '2026-01-02T00:00:00Z')];
const decide = (object: Backup, runs: readonly Backup[] = RUNS): DrillTiming => drillTimingOf({ object, runs, database: undefined, inUse: new Set(), certain: false }, now);
/** NOW is four minutes and five seconds past three. */
const AT_FOUR = '2026-01-02T04:00:00Z';

describe('a schedule of drills', () => {
  test('looks ahead first, and has nothing drilled', () => {
    expect(decide(aSchedule('0 * * * *'))).toEqual({ fields: { nextDrillTime: AT_FOUR }, conditions: [], wakeAt: Date.parse(AT_FOUR) });
  });

  test('has the newest good run drilled when its time has come', () => {
    expect(decide(aSchedule('0 * * * *', { nextDrillTime: '2026-01-02T03:00:00Z' })).fields).toEqual({ drill: { run: 'tuesday', scheduledTime: '2026-01-02T03:00:00Z' }, nextDrillTime: AT_FOUR });
  });

  test('once, however many times were missed', () => {
    expect(decide(aSchedule('0 * * * *', { nextDrillTime: '2026-01-01T03:00:00Z' })).fields.drill).toEqual({ run: 'tuesday', scheduledTime: '2026-01-02T03:00:00Z' });
  });

  test('leaves a time out at which there is no good run', () => {
    expect(decide(aSchedule('0 * * * *', { nextDrillTime: '2026-01-02T03:00:00Z' }), []).fields).toEqual({ nextDrillTime: AT_FOUR });
  });

  describe('leaves a time out at which the drill before it is under way,', () => {
    const runs = (answered: string | undefined): Backup[] => [aRun('monday', '2026-01-01T00:00:00Z', answered === undefined ? {} : { verification: { scheduledTime: answered } }), ...RUNS.slice(1)];
    test.each<{ why: string; asked: string; runs: Backup[]; drilled: string }>([
      { why: 'which has no answer yet', asked: '2026-01-02T02:00:00Z', runs: runs(undefined), drilled: 'monday' },
      { why: 'and not that of an earlier time', asked: '2026-01-02T02:00:00Z', runs: runs('2026-01-02T01:00:00Z'), drilled: 'monday' },
      { why: 'and none that was answered', asked: '2026-01-02T02:00:00Z', runs: runs('2026-01-02T02:00:00Z'), drilled: 'tuesday' },
      { why: 'but none that takes longer than all attempts may', asked: '2026-01-02T00:00:00Z', runs: runs(undefined), drilled: 'tuesday' },
      { why: 'nor of a run that is gone', asked: '2026-01-02T02:00:00Z', runs: RUNS.slice(1), drilled: 'tuesday' },
    ])('$why', ({ asked, runs: seen, drilled }) => {
      const { fields } = decide(aSchedule('0 * * * *', { nextDrillTime: '2026-01-02T03:00:00Z', drill: { run: 'monday', scheduledTime: asked } }), seen);
      expect(fields).toMatchObject({ drill: { run: drilled }, nextDrillTime: AT_FOUR });
    });
  });

  test('keeps what it asked for', () => {
    const drill = { run: 'monday', scheduledTime: '2026-01-01T03:00:00Z' };
    expect(decide(aSchedule('0 * * * *', { nextDrillTime: AT_FOUR, drill })).fields).toEqual({ drill, nextDrillTime: AT_FOUR });
  });

  test('asks for nothing when it is taken away', () => {
    expect(decide(aSchedule(undefined, { nextDrillTime: AT_FOUR, drill: { run: 'monday', scheduledTime: NOW } })).fields).toEqual({});
  });

  test('says what it cannot read', () => {
    expect(decide(aSchedule('61 * * * *')).conditions).toMatchObject([{ type: 'RestoreProven', status: 'False', reason: 'InvalidSchedule' }]);
  });

  test('says what the run that was drilled last says', () => {
    const drilled = (name: string, time: string, status: 'True' | 'False'): Backup => aRun(name, time, { verification: { time }, conditions: [{ type: ConditionType.RestoreProven, status, reason: 'R', message: 'as it says', lastTransitionTime: NOW }] });
    expect(decide(aSchedule(undefined), [drilled('a', '2026-01-01T00:00:00Z', 'True'), drilled('b', '2026-01-02T00:00:00Z', 'False'), ...RUNS]).conditions).toEqual([{ type: 'RestoreProven', status: 'False', reason: 'R', message: 'b: as it says' }]);
  });
});
