// Generic tools judge our objects by kstatus. Each phase of each kind is judged as a person would.
import { DATABASE_PHASES, type Backup, type Restore } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { anEmptyWorld, aWorld } from '../test/database-world.ts';
import { aBackup, aDatabase, aJob, aPod, aRestore, DUMPED, ended, RESTORED } from '../test/fixtures.ts';
import { kstatus, type Kstatus } from '../test/kstatus.ts';
import { aBackupWorld, aRestoreWorld, BACKUP, RESTORE } from '../test/run-world.ts';
import type { BackupWorld } from './backup/world.ts';
import { decideDatabase } from './database/decide.ts';
import { statusOf } from './database/status.ts';
import type { RestoreWorld } from './restore/world.ts';
import { decideRun } from './run/decide.ts';
import { decideSchedule } from './schedule/decide.ts';

const now = Date.parse('2026-01-02T03:04:05Z');

/** Run by run: where it is, what is seen of its Job, and how that is judged. */
const RUNS: readonly { readonly phase: string; readonly how: string; readonly seen: 'nothing' | 'running' | 'succeeded' | 'failed' | 'failed for now'; readonly says: Kstatus }[] = [
  { phase: 'Pending', how: 'that waits for its Database', seen: 'nothing', says: 'InProgress' },
  { phase: 'InProgress', how: 'at work', seen: 'running', says: 'InProgress' },
  { phase: 'InProgress', how: 'between two attempts', seen: 'failed for now', says: 'InProgress' },
  { phase: 'Completed', how: 'that has made it', seen: 'succeeded', says: 'Current' },
  { phase: 'Failed', how: 'that has not', seen: 'failed', says: 'Failed' },
];
const failed = { v: 1, outcome: 'failed', reason: 'ServerUnreachable', message: 'no' } as const;
const STATES = { running: { running: {} }, failed: ended(20, { ...failed, retryable: false }), 'failed for now': ended(10, { ...failed, retryable: true }) };
const MORE_ATTEMPTS = { backoffLimit: 1 };

describe('kstatus judges a Backup', () => {
  const judge = (world: BackupWorld): Kstatus => kstatus({ ...world.object, status: decideRun(BACKUP, world, now).status ?? world.object.status });
  const object = aBackup({ spec: MORE_ATTEMPTS });
  const job = aJob({ owner: object });
  const worldOf = (seen: (typeof RUNS)[number]['seen']): BackupWorld =>
    seen === 'nothing' ? aBackupWorld({ database: undefined }) : aBackupWorld({ object, job, pods: [aPod({ state: seen === 'succeeded' ? ended(0, DUMPED) : STATES[seen] })] });

  test.each(RUNS)('$phase, $how, as $says', ({ phase, seen, says }) => {
    const world = worldOf(seen);
    const { status } = decideRun(BACKUP, world, now);
    expect([status?.phase, judge(world)]).toEqual([phase, says]);
    // And so it stays when it is looked at again.
    if (seen !== 'running') expect(judge({ ...world, object: { ...world.object, status: status as NonNullable<Backup['status']> } })).toBe(says);
  });
});

describe('kstatus judges a Restore', () => {
  const object = aRestore();
  const job = aJob({ owner: object });
  const worldOf = (seen: (typeof RUNS)[number]['seen']): RestoreWorld =>
    seen === 'nothing' ? aRestoreWorld({ database: undefined }) : aRestoreWorld({ object, job, pods: [aPod({ job, state: seen === 'succeeded' ? ended(0, RESTORED) : STATES[seen] })] });

  // A Restore that failed is never tried again.
  test.each(RUNS.filter(({ seen }) => seen !== 'failed for now'))('$phase, $how, as $says', ({ phase, seen, says }) => {
    const { status } = decideRun(RESTORE, worldOf(seen), now);
    expect([status?.phase, kstatus({ ...object, status: status as Restore['status'] })]).toEqual([phase, says]);
  });
});

describe('kstatus judges a Backup with a schedule', () => {
  const judge = (schedule: string, phase?: 'Failed'): Kstatus => {
    const object = aBackup({ spec: { schedule } });
    const runs = phase === undefined ? [] : [aBackup({ status: { phase } })];
    return kstatus({ ...object, status: decideSchedule({ object, runs, database: aDatabase(), inUse: new Set(), certain: true }, now).status });
  };

  test.each<{ how: string; schedule: string; phase?: 'Failed'; says: Kstatus }>([
    { how: 'that waits for its time as Current', schedule: '0 4 * * *', says: 'Current' },
    { how: 'whose newest run failed as Current: the next one comes', schedule: '0 4 * * *', phase: 'Failed', says: 'Current' },
    { how: 'that cannot be read as Failed', schedule: '0 99 * * *', says: 'Failed' },
    { how: 'that no day ever fits as Failed', schedule: '0 0 31 2 *', says: 'Failed' },
  ])('$how', ({ schedule, phase, says }) => {
    expect(judge(schedule, phase)).toBe(says);
  });
});

describe('kstatus judges a Database', () => {
  const judge = (world: Parameters<typeof decideDatabase>[0]): Kstatus => kstatus({ ...world.database, status: decideDatabase(world, now).status });

  test.each(DATABASE_PHASES.map((phase) => ({ phase, says: ({ Ready: 'Current', Failed: 'Failed' } as Partial<Record<string, Kstatus>>)[phase] ?? 'InProgress' })))('$phase as $says', ({ phase, says }) => {
    const database = aDatabase();
    expect(kstatus({ ...database, status: statusOf(aWorld({ database }), phase, now, {}) })).toBe(says);
  });
  test('on its way as in progress', () => {
    expect(judge(anEmptyWorld(aDatabase({ status: { phase: 'Pending' } })))).toBe('InProgress');
  });
  test('that is Failed as failed, and as in progress again when it goes on', () => {
    const invalid = aWorld({ database: aDatabase({ spec: { replicas: 99 } }) });
    expect(judge(invalid)).toBe('Failed');
    const { status = {} } = decideDatabase(invalid, now);
    expect(judge(aWorld({ database: aDatabase({ status }) }))).toBe('InProgress');
  });
  test('that is new as in progress, because the API server says that nobody has looked at it', () => {
    expect(kstatus({ ...aDatabase(), status: { observedGeneration: -1 } })).toBe('InProgress');
  });
  test('that was edited as in progress, until the operator has seen it', () => {
    const database = aDatabase();
    const { status } = decideDatabase(aWorld({ database: aDatabase({ status: { phase: 'Verifying' } }) }), now);
    expect(kstatus({ ...database, status })).toBe('Current');
    expect(kstatus({ ...database, metadata: { ...database.metadata, generation: 2 }, status })).toBe('InProgress');
  });
  test('that is deleted as terminating', () => {
    const database = aDatabase({ metadata: { deletionTimestamp: '2026-01-02T03:04:00Z' } });
    expect(kstatus({ ...database, status: decideDatabase(aWorld({ database }), now).status })).toBe('Terminating');
  });
});
