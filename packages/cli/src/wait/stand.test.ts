import { describe, expect, test } from 'vitest';
import { aBackup, aRestore, condition, NOW } from '../../test/objects.ts';
import type { Run } from '../command.ts';
import { standOfDrill, standOfRun } from './stand.ts';

const progress = { percent: 43, bytes: 1024 ** 2, observedAt: '2026-01-02T03:04:00Z' };

describe('A run stands', () => {
  test.each<{ what: string; run: Run; waited?: number; text: string | RegExp; end?: 'well' | 'badly' }>([
    { what: 'nowhere yet', run: aBackup(), text: 'Backup monday: created' },
    { what: 'nowhere yet, as the API server stores it', run: aBackup({ status: { observedGeneration: -1 } }), text: 'Backup monday: created' },
    { what: 'where no controller sees it', run: aBackup({ status: { observedGeneration: -1 } }), waited: 15, text: /^Backup monday: no operator has looked at it yet\. Does its controller run\?/ },
    { what: 'in the queue', run: aBackup({ status: { phase: 'Pending', conditions: [condition('BackupReady', 'False', 'WaitingForTurn', 'Backup sunday goes first')] } }), text: 'Backup monday: WaitingForTurn: Backup sunday goes first' },
    { what: 'at work', run: aRestore({ status: { phase: 'InProgress', progress, conditions: [condition('RestoreReady', 'False', 'RestoreInProgress')] } }), text: 'Restore undo: [##########--------------]  43 %  1Mi' },
    { what: 'before another attempt', run: aBackup({ status: { phase: 'InProgress', progress, conditions: [condition('BackupReady', 'False', 'WaitingForRetry', 'attempt 2 starts at 03:05')] } }), text: 'Backup monday: WaitingForRetry: attempt 2 starts at 03:05' },
    {
      what: 'at its good end',
      run: aBackup({ status: { phase: 'Completed', bytes: 1024 ** 3, rows: 1000, tables: 3, duration: '3m12s', backupLocation: 'pvc://shop-backups/x' } }),
      text: 'Backup monday is Completed: 1Gi, 1000 rows of 3 tables, in 3m12s, at pvc://shop-backups/x',
      end: 'well',
    },
    {
      what: 'at its good end, and can be taken back',
      run: aRestore({ status: { phase: 'Completed', backupName: 'monday', databaseName: 'shop', rows: 1000, duration: '12s', outageMilliseconds: 40, previousDatabase: { name: 'previous_1', oid: '1', keptUntil: '2026-01-03T03:04:05Z' } } }),
      text: 'Restore undo is Completed: monday is in database shop, 1000 rows, in 12s, clients were kept out for 40 ms\nWhat was live before is kept until 2026-01-03T03:04:05Z. To go back: kubectl db restore shop --undo undo',
      end: 'well',
    },
    {
      what: 'at its bad end',
      run: aRestore({ status: { phase: 'Failed', conditions: [condition('RestoreReady', 'False', 'BackupCorrupt', 'dump.pgcustom.zst has another SHA-256')] } }),
      text: 'Restore undo has Failed (BackupCorrupt): dump.pgcustom.zst has another SHA-256\nIts log: kubectl db logs restore/undo',
      end: 'badly',
    },
  ])('$what', ({ run, waited = 0, text, end }) => {
    const stand = standOfRun(run, { now: NOW, since: NOW - waited * 1000 });
    if (text instanceof RegExp) expect(stand.text).toMatch(text);
    else expect(stand.text).toBe(text);
    expect(stand.end).toBe(end);
  });

  test('at another step every ten percent, and not in between', () => {
    const stepAt = (percent: number): string => standOfRun(aBackup({ status: { phase: 'InProgress', progress: { ...progress, percent } } }), { now: NOW, since: NOW }).step;
    expect([stepAt(40) === stepAt(49), stepAt(49) === stepAt(50)]).toEqual([true, false]);
  });

  test('at another step when nobody has written for a minute how far it is, so that it is said in a pipe as well', () => {
    const run = aBackup({ status: { phase: 'InProgress', progress } });
    const at = (seconds: number): { readonly text: string; readonly step: string } => standOfRun(run, { now: Date.parse(progress.observedAt) + seconds * 1000, since: NOW });
    expect([at(10).step === at(60).step, at(60).step === at(61).step, at(61).step === at(300).step]).toEqual([true, false, true]);
    expect(at(75).text).toMatch(/\(last heard of 1m15s ago: does the controller run\?\)$/);
  });
});

describe('A drill stands', () => {
  const proven = (status: 'True' | 'False' | 'Unknown', reason: string): ReturnType<typeof condition>[] => [condition('RestoreProven', status, reason, 'as it says')];
  test.each([
    { what: 'nowhere yet', status: {}, waited: 0, text: 'Drill of monday: created' },
    { what: 'where no controller sees it', status: {}, waited: 15, text: /^Drill of monday: no operator has looked at it yet/ },
    { what: 'at work', status: { verification: { attempt: 1 }, conditions: proven('Unknown', 'DrillInProgress') }, waited: 0, text: 'Drill of monday: DrillInProgress: as it says' },
    { what: 'at work, while the answer of an earlier one stands', status: { verification: { attempt: 2, request: 'before' }, conditions: proven('True', 'Proven') }, waited: 0, text: 'Drill of monday: DrillInProgress: attempt 2 is under way' },
    { what: 'at its good end', status: { verification: { request: 'mine' }, conditions: proven('True', 'Proven') }, waited: 0, text: 'Backup monday is proven: as it says', end: 'well' },
    { what: 'at its bad end', status: { verification: { request: 'mine' }, conditions: proven('False', 'QueryFailed') }, waited: 0, text: 'Backup monday is not proven (QueryFailed): as it says', end: 'badly' },
  ])('$what', ({ status, waited, text, end }) => {
    const stand = standOfDrill(aBackup({ status: { phase: 'Completed', ...status } }), 'mine', { now: NOW, since: NOW - waited * 1000 });
    if (text instanceof RegExp) expect(stand.text).toMatch(text);
    else expect(stand.text).toBe(text);
    expect(stand.end).toBe(end);
  });
});
