import { findCondition, type Restore, type RestoreSpec, type RestoreSucceeded } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, aRestore, COMPLETED_BACKUP, ended, NOW, RESTORED } from '../../test/fixtures.ts';
import { aRestoreWorld, ofBackup, RESTORE } from '../../test/run-world.ts';
import { decideRun } from '../run/decide.ts';
import type { RestoreSource } from './source.ts';

const source = ofBackup(aBackup({ status: { ...COMPLETED_BACKUP, plainBytes: 9000 } }));
const previous = { name: 'previous_eeeeeeee', oid: '16400', keptUntil: '2026-01-03T03:03:20Z' };
const counted = { tables: 4, rows: 100 };

function statusAfter(result: Partial<RestoreSucceeded>, { spec = {}, from = source }: { spec?: Partial<RestoreSpec>; from?: RestoreSource } = {}): NonNullable<Restore['status']> {
  const object = aRestore({ spec });
  const world = aRestoreWorld({ object, source: from, job: aJob({ owner: object }), pods: [aPod({ job: aJob({ owner: object }), state: ended(0, { ...RESTORED, ...result }) })] });
  return decideRun(RESTORE, world, Date.parse(NOW)).status ?? {};
}

const said = (status: NonNullable<Restore['status']>, type: string): string => {
  const condition = findCondition(status.conditions, type);
  return condition === undefined ? 'nothing' : `${condition.status} ${condition.reason}: ${condition.message}`;
};

test('a Restore that was completed says what is where, and at 100 per cent', () => {
  const status = statusAfter({ ...counted, database: 'orders', previous, backup: { namespace: 'shop', name: 'monday', uid: 'u' }, sourceVersion: '14.12' });
  expect(status).toMatchObject({
    phase: 'Completed',
    ...counted,
    databaseName: 'orders',
    backupName: 'monday',
    backupLocation: COMPLETED_BACKUP.backupLocation,
    sourceVersion: '14.12',
    previousDatabase: previous,
    progress: { percent: 100, bytes: 9000, observedAt: NOW },
  });
  expect(said(status, 'RestoreReady')).toBe(
    'True RestoreCompleted: The content of the Backup (100 rows of 4 tables) is in place; connections were cut for 87 ms; what was there before is kept as previous_eeeeeeee until 2026-01-03T03:03:20Z',
  );
});

describe('whether it was verified', () => {
  test.each<{ why: string; result: Partial<RestoreSucceeded>; from?: RestoreSource; says: string }>([
    { why: 'with counts', result: counted, says: 'True RowsCounted: 100 rows of 4 tables were counted after the load, as many as the backup holds' },
    { why: 'of a backup without counts', result: {}, says: 'Unknown NotCounted: The backup does not say how many rows it holds, so the restored ones could not be compared' },
    { why: 'is no question of going back', result: {}, from: { from: 'previous', name: 'undo', restore: undefined }, says: 'nothing' },
  ])('$why', ({ result, from, says }) => {
    expect(said(statusAfter(result, { ...(from && { from }) }), 'Verified')).toBe(says);
  });
});

describe('what became of the replaced database', () => {
  test.each<{ why: string; result: Partial<RestoreSucceeded>; spec?: Partial<RestoreSpec>; says: RegExp }>([
    { why: 'is kept', result: { previous }, says: /^True Kept: .*previous_eeeeeeee .* until 2026-01-03T03:03:20Z. .*source.previousOf: undo brings it back$/ },
    { why: 'is dropped at once', result: {}, spec: { keepPrevious: '0s' }, says: /^False PreviousDropped/ },
    { why: 'is dropped first', result: {}, spec: { mode: 'Replace' }, says: /^False PreviousDropped/ },
    { why: 'is unknown', result: {}, says: /^Unknown PreviousUnseen/ },
    { why: 'is the live one as before', result: {}, spec: { targetDatabaseName: 'look' }, says: /^nothing$/ },
  ])('$why', ({ result, spec, says }) => {
    expect(said(statusAfter(result, { ...(spec && { spec }) }), 'PreviousKept')).toMatch(says);
  });
});

test('what was restored beside is told by its name', () => {
  expect(said(statusAfter({ ...counted, database: 'look' }, { spec: { targetDatabaseName: 'look' } }), 'RestoreReady')).toMatch(/ is in database "look"/);
});
