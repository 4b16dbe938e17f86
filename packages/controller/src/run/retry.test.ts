// The life of a run from a failed attempt to the next one.
import { findCondition, type Backup, type Condition } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aJob, aPod, aRestore, DUMPED, ended, NOW, RESTORED, type APod } from '../../test/fixtures.ts';
import { aBackupWorld, aRestoreWorld, AT_WORK, BACKUP, RESTORE } from '../../test/run-world.ts';
import type { BackupWorld } from '../backup/world.ts';
import type { RestoreWorld } from '../restore/world.ts';
import { blockedRun, decideRun } from './decide.ts';
import type { RunPlan } from './kind.ts';
import type { Lingering } from './work.ts';

const now = Date.parse(NOW);
const decide = (world: BackupWorld, at = now): RunPlan => decideRun(BACKUP, world, at);
const decideRestore = (world: RestoreWorld): RunPlan => decideRun(RESTORE, world, now);
const condition = ({ status }: RunPlan, type: string): Partial<Condition> => findCondition(status?.conditions, type) ?? {};
const statusOf = ({ status }: RunPlan): NonNullable<Backup['status']> => JSON.parse(JSON.stringify(status)) as NonNullable<Backup['status']>;

const backup = (status: NonNullable<Backup['status']>, parts: Parameters<typeof aBackup>[0] = {}): Backup => aBackup({ spec: { backoffLimit: 3 }, ...parts, status });
const says = (reason: string, retryable: boolean, exitCode = 10): APod => aPod({ state: ended(exitCode, { v: 1, outcome: 'failed', reason, message: 'no answer', retryable }) });
const UNREACHABLE = says('ServerUnreachable', true);
const working = backup(AT_WORK);
/** What attempt 1 left, and what the status says after it. */
const failedOnce = decide(aBackupWorld({ object: working, job: aJob(), pods: [UNREACHABLE] }));
const pausing = backup(statusOf(failedOnce));
const DUE = now + 10_000;

describe('an attempt that failed for a reason that may pass', () => {
  test('leaves the run in progress, with the number and the time of the next attempt and without the Job', () => {
    expect(failedOnce.effects).toEqual([]);
    expect(failedOnce.status).toMatchObject({ phase: 'InProgress', attempt: 2, nextAttemptTime: '2026-01-02T03:04:15Z', observedGeneration: 1 });
    for (const field of ['jobName', 'jobUID', 'startedAt', 'completedAt', 'progress']) expect(failedOnce.status).not.toHaveProperty(field);
    expect(failedOnce.requeueAfterMs).toBe(10_000);
  });

  test('is told in both conditions and as a notice, in the same words', () => {
    const message = 'Attempt 1 of 4 failed (ServerUnreachable: no answer); the next one starts at 03:04:15Z';
    expect(condition(failedOnce, 'BackupReady')).toMatchObject({ status: 'False', reason: 'BackupInProgress', message });
    expect(condition(failedOnce, 'Reconciling')).toMatchObject({ status: 'True', reason: 'WaitingForRetry', message });
    expect(failedOnce.notice).toEqual({ what: 'attempt failed', reason: 'WaitingForRetry', message });
  });

  test('is not taken for one on what the cache remembers: the Job may have been deleted, and then nobody wants another', () => {
    const world = aBackupWorld({ object: working, job: aJob(), pods: [UNREACHABLE], certain: false });
    expect(decide(world)).toEqual({ effects: [], inDoubt: true });
    expect(decide({ ...world, certain: true, job: undefined }).status?.phase).toBe('Failed');
  });

  test.each<{ why: string; object?: Backup; pods?: APod[]; reason: string; message: string }>([
    { why: 'for good', pods: [says('StorageFull', false, 20)], reason: 'StorageFull', message: 'no answer' },
    { why: 'although none may be tried again', object: backup(AT_WORK, { spec: { backoffLimit: 0 } }), reason: 'ServerUnreachable', message: 'no answer' },
    { why: 'and has another spec by now', object: backup(AT_WORK, { spec: { backoffLimit: 3 }, metadata: { generation: 2 } }), reason: 'ServerUnreachable', message: 'no answer' },
  ])('ends the run when it failed $why', ({ object = working, pods = [UNREACHABLE], reason, message }) => {
    const plan = decide(aBackupWorld({ object, job: aJob({ owner: object }), pods }));
    expect([plan.status?.phase, plan.notice]).toEqual(['Failed', undefined]);
    expect(condition(plan, 'Stalled')).toMatchObject({ status: 'True', reason, message });
    expect(condition(plan, 'BackupReady').message).toBe(`${reason}: ${message}`);
  });

  test('and was the last of several does not end the run before it is known what they left', () => {
    const object = backup({ ...AT_WORK, attempt: 4 });
    expect(decide(aBackupWorld({ object, job: aJob({ owner: object }), pods: [UNREACHABLE] })).status).toMatchObject({ phase: 'InProgress', failure: { reason: 'ServerUnreachable', message: 'no answer (after 4 attempts)' } });
  });

  test('may have been the second to fail: the pause is twice as long', () => {
    const object = backup({ ...AT_WORK, attempt: 2 });
    const plan = decide(aBackupWorld({ object, job: aJob({ owner: object }), pods: [UNREACHABLE] }));
    expect(plan.status).toMatchObject({ attempt: 3, nextAttemptTime: '2026-01-02T03:04:25Z' });
    expect(plan.notice?.message).toMatch(/^Attempt 2 of 4 failed/);
  });
});

describe('the next attempt', () => {
  test('waits for its time, and for nothing else', () => {
    expect(decide(aBackupWorld({ object: pausing, certain: false }), DUE - 1)).toEqual({ effects: [], requeueAfterMs: 1 });
  });

  test('starts when its time has come: a Job of its own, which knows its number', () => {
    const { effects, status } = decide(aBackupWorld({ object: pausing }), DUE);
    expect(status).toBeUndefined();
    expect(effects.at(-1)).toMatchObject({ do: 'createJob', object: { metadata: { name: 'nightly-bbbbbbbb-2' } } });
    expect(JSON.stringify(effects)).toContain(String.raw`\"attempt\":2`);
  });

  test('is decided on what the API server says', () => {
    expect(decide(aBackupWorld({ object: pausing, certain: false }), DUE)).toEqual({ effects: [], inDoubt: true });
  });

  test.each<{ why: string; world: Partial<BackupWorld>; reason: string; says: RegExp }>([
    { why: 'what is at work', world: { atWork: ['Job nightly-bbbbbbbb-1'] }, reason: 'WaitingForTurn', says: /^Attempt 2 waits: Job nightly-bbbbbbbb-1 works on the same Database/ },
    { why: 'its Database', world: { database: aDatabase() }, reason: 'DatabaseNotReady', says: /^Attempt 2 waits: Database orders is in phase Pending/ },
  ])('that has its time waits for $why, in progress and with its time', ({ world, reason, says: words }) => {
    const plan = decide(aBackupWorld({ object: pausing, ...world }), DUE);
    expect([plan.effects, plan.status]).toMatchObject([[], { phase: 'InProgress', attempt: 2, nextAttemptTime: '2026-01-02T03:04:15Z' }]);
    expect(condition(plan, 'BackupReady')).toMatchObject({ status: 'False', reason: 'BackupInProgress', message: expect.stringMatching(words) });
    expect(condition(plan, 'Reconciling')).toMatchObject({ status: 'True', reason });
  });

  test('that is refused stays in progress', () => {
    expect(blockedRun(BACKUP, aBackupWorld({ object: pausing }), { now, why: { reason: 'NameTaken', message: 'taken' } })).toMatchObject({ phase: 'InProgress', attempt: 2 });
  });

  test('is followed like the first, and its time is over then', () => {
    const job = aJob({ owner: pausing, uid: 'second' });
    const plan = decide(aBackupWorld({ object: pausing, job }), DUE);
    expect(plan.status).toMatchObject({ phase: 'InProgress', attempt: 2, jobName: 'nightly-bbbbbbbb-2', jobUID: 'second', startedAt: job.metadata.creationTimestamp });
    expect(plan.status).not.toHaveProperty('nextAttemptTime');
  });

  test('completes the run', () => {
    const job = aJob({ owner: pausing, uid: 'second' });
    const plan = decide(aBackupWorld({ object: pausing, job, pods: [aPod({ job, state: ended(0, DUMPED) })] }), DUE);
    expect(plan.status).toMatchObject({ phase: 'Completed', attempt: 2 });
    expect(condition(plan, 'Stalled')).toEqual({});
  });

  test('is not made of a spec that was edited while it waited', () => {
    const plan = decide(aBackupWorld({ object: backup(statusOf(failedOnce), { metadata: { generation: 2 } }) }));
    expect([plan.effects, plan.status?.phase]).toEqual([[], 'InProgress']);
    expect(plan.status).toMatchObject({ failure: { reason: 'RunsOnce', message: expect.stringContaining('Create a new Backup') as string } });
  });

  test('is not made of another Database that was created under the name meanwhile', () => {
    expect(pausing.status?.databaseUID).toBe(aDatabase().metadata.uid);
    const world = aBackupWorld({ object: pausing, database: aDatabase({ metadata: { uid: 'another' } }) });
    expect(decide({ ...world, certain: false }, DUE)).toEqual({ effects: [], inDoubt: true });
    const plan = decide(world, DUE);
    expect([plan.effects, plan.status?.phase]).toEqual([[], 'InProgress']);
    expect(plan.status).toMatchObject({ databaseUID: aDatabase().metadata.uid, failure: { reason: 'DatabaseReplaced', message: expect.stringContaining('Database orders was deleted and created again') as string } });
  });
});

test('a run that never failed has one attempt, and no more writes for it', () => {
  const first = decide(aBackupWorld({ object: backup({ phase: 'Pending' }), job: aJob() }));
  expect(first.status).toMatchObject({ phase: 'InProgress', attempt: 1 });
  expect(decide(aBackupWorld({ object: backup(statusOf(first)), job: aJob() })).status).toEqual(first.status);
});

describe('a Restore', () => {
  const object = aRestore({ status: { ...AT_WORK, jobName: 'undo-eeeeeeee-1' } });
  const failedJob = aJob({ owner: object, conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }] });

  test.each([
    { why: 'whose pod is gone', pods: [], reason: 'PodLost' },
    { why: 'whose runner was killed', pods: [aPod({ state: ended(137) })], reason: 'ResultMissing' },
    { why: 'whose runner ran out of memory', pods: [aPod({ state: ended(137, undefined, 'OOMKilled') })], reason: 'OutOfMemory' },
  ])('$why looks at the server once more', ({ pods, reason }) => {
    const plan = decideRestore(aRestoreWorld({ object, job: failedJob, pods }));
    expect(plan.status).toMatchObject({ phase: 'InProgress', attempt: 2 });
    expect(plan.notice?.message).toMatch(new RegExp(`^Attempt 1 of 2 failed \\(${reason}: `));
  });

  test.each([
    { why: 'whose runner told of its failure, even one that may pass', world: { job: failedJob, pods: [UNREACHABLE] }, reason: 'ServerUnreachable' },
    { why: 'whose Job was deleted', world: {}, reason: 'JobLost' },
    { why: 'that was lost a second time', world: { object: aRestore({ status: { ...AT_WORK, attempt: 2 } }), job: failedJob }, reason: 'PodLost' },
  ])('$why is Failed', ({ world, reason }) => {
    const plan = decideRestore(aRestoreWorld({ object, ...world }));
    expect(plan.status?.phase).toBe('Failed');
    expect(condition(plan, 'Stalled').reason).toBe(reason);
  });

  test('that took its place before it was lost is Completed by the second look', () => {
    const again = aRestore({ status: { ...AT_WORK, attempt: 2 } });
    const plan = decideRestore(aRestoreWorld({ object: again, job: aJob({ owner: again }), pods: [aPod({ state: ended(0, { ...RESTORED, outageMilliseconds: undefined }) })] }));
    expect(plan.status).toMatchObject({ phase: 'Completed', attempt: 2 });
  });
});

describe('a Job that another container keeps alive after its runner', () => {
  const earlier: Lingering = { job: aJob({ uid: 'earlier' }), since: now - 30_000 };
  const atWork = { ...earlier, job: aJob({ uid: AT_WORK.jobUID ?? '' }) };
  const done = backup({ ...AT_WORK, phase: 'Completed' });

  test.each<{ why: string; object: Backup; lingering: Lingering; deleted: string[]; again: number | undefined }>([
    { why: 'is deleted when its run has ended', object: done, lingering: atWork, deleted: [AT_WORK.jobUID ?? ''], again: undefined },
    { why: 'is deleted when it is of an earlier attempt', object: pausing, lingering: earlier, deleted: ['earlier'], again: 10_000 },
    { why: 'has some seconds for that first', object: done, lingering: { ...atWork, since: now - 29_000 }, deleted: [], again: 1000 },
    { why: 'is left alone while its run has not ended', object: working, lingering: atWork, deleted: [], again: 30_000 },
    { why: 'goes with an object that is being deleted', object: backup({ ...AT_WORK, phase: 'Completed' }, { metadata: { deletionTimestamp: NOW } }), lingering: atWork, deleted: [], again: undefined },
  ])('$why', ({ object, lingering, deleted, again }) => {
    const { effects, requeueAfterMs, status } = decide(aBackupWorld({ object, job: object.status?.jobUID === undefined ? undefined : atWork.job, lingering: [lingering] }));
    expect(effects.map((effect) => effect.do === 'delete' && effect.propagation === 'Background' && effect.target.uid)).toEqual(deleted);
    expect(requeueAfterMs).toBe(again);
    if (object === done) expect(status).toBeUndefined();
  });

  test('whose deletion is refused changes nothing of a run that has ended', () => {
    expect(blockedRun(BACKUP, aBackupWorld({ object: done }), { now, why: { reason: 'ActionFailed', message: 'no' } })).toBeUndefined();
  });
});
