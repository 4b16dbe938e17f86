import { findCondition, LostReason, type Condition } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aJob, aPod, aRestore, COMPLETED_BACKUP, DUMPED, ended, NOW, READY, RESTORED } from '../../test/fixtures.ts';
import { AT_WORK, aBackupWorld, aRestoreWorld, BACKUP, ofBackup, RESTORE } from '../../test/run-world.ts';
import type { BackupWorld } from '../backup/world.ts';
import type { Plan } from '../reconcile/plan.ts';
import type { RestoreWorld } from '../restore/world.ts';
import { blockedRun, decideRun } from './decide.ts';
import type { RunStatus } from './status.ts';
import type { Rival } from './turn.ts';

const now = Date.parse(NOW);
const decideBackup = (world: BackupWorld): Plan<RunStatus> => decideRun(BACKUP, world, now);
const decideRestore = (world: RestoreWorld): Plan<RunStatus> => decideRun(RESTORE, world, now);
const condition = ({ status }: Plan<RunStatus>, type: string): Partial<Condition> => findCondition(status?.conditions, type) ?? {};

describe('a Backup waits as Pending', () => {
  test.each<{ why: string; world: Partial<BackupWorld>; reason: string; says: RegExp }>([
    { why: 'when its Database does not exist', world: { database: undefined }, reason: 'DatabaseNotFound', says: /Database orders does not exist/ },
    { why: 'when its Database is being deleted', world: { database: aDatabase({ metadata: { deletionTimestamp: NOW }, status: READY }) }, reason: 'DatabaseNotFound', says: /Database orders/ },
    { why: 'when its Database has no status yet', world: { database: aDatabase() }, reason: 'DatabaseNotReady', says: /phase Pending/ },
    { why: 'when its Database is not Ready', world: { database: aDatabase({ status: { phase: 'Deploying' } }) }, reason: 'DatabaseNotReady', says: /phase Deploying/ },
  ])('$why: $reason', ({ world, reason, says }) => {
    const plan = decideBackup(aBackupWorld(world));
    expect([plan.effects, plan.status?.phase, plan.requeueAfterMs]).toEqual([[], 'Pending', undefined]);
    expect(condition(plan, 'BackupReady')).toMatchObject({ status: 'False', reason, message: expect.stringMatching(says) });
    expect(condition(plan, 'Reconciling')).toMatchObject({ status: 'True', reason });
  });
});

describe('a Restore waits as Pending', () => {
  test.each<{ why: string; world: Partial<RestoreWorld>; reason: string; says: RegExp }>([
    { why: 'when its Database does not exist, before its Backup is looked at', world: { database: undefined, source: ofBackup(undefined) }, reason: 'DatabaseNotFound', says: /Database orders/ },
    { why: 'when its Database is not Ready', world: { database: aDatabase() }, reason: 'DatabaseNotReady', says: /phase Pending/ },
    { why: 'when its Backup does not exist', world: { source: ofBackup(undefined) }, reason: 'BackupNotFound', says: /Backup nightly does not exist/ },
    { why: 'when its Backup is not Completed', world: { source: ofBackup(aBackup({ status: { phase: 'InProgress' } })) }, reason: 'BackupNotCompleted', says: /InProgress; the run starts when it is Completed/ },
    { why: 'when its Backup has Failed, and says that this will not change', world: { source: ofBackup(aBackup({ status: { phase: 'Failed' } })) }, reason: 'BackupNotCompleted', says: /never.*another Backup/ },
    { why: 'when its Backup has no location', world: { source: ofBackup(aBackup({ status: { phase: 'Completed' } })) }, reason: 'BackupLocationMissing', says: /no location/ },
  ])('$why: $reason', ({ world, reason, says }) => {
    const plan = decideRestore(aRestoreWorld(world));
    expect([plan.effects, plan.status?.phase]).toEqual([[], 'Pending']);
    expect(condition(plan, 'RestoreReady')).toMatchObject({ status: 'False', reason, message: expect.stringMatching(says) });
  });
});

describe('per Database one run at a time', () => {
  const older = aRestore({ metadata: { creationTimestamp: '2026-01-02T02:00:00Z' } });
  const younger = aRestore({ metadata: { creationTimestamp: '2026-01-02T04:00:00Z' } });
  test.each<{ why: string; rivals?: Rival[]; atWork?: string[]; waits: boolean }>([
    { why: 'it waits for what is at work', atWork: ['Restore undo'], waits: true },
    { why: 'it waits for an older one that could start', rivals: [{ object: older, startable: true }], waits: true },
    { why: 'it does not wait for an older one that cannot start', rivals: [{ object: older, startable: false }], waits: false },
    { why: 'it does not wait for a younger one', rivals: [{ object: younger, startable: true }], waits: false },
  ])('$why', ({ rivals = [], atWork = [], waits }) => {
    const plan = decideBackup(aBackupWorld({ rivals, atWork }));
    expect(condition(plan, 'BackupReady').reason).toBe(waits ? 'WaitingForTurn' : undefined);
    expect(plan.effects.length > 0).toBe(!waits);
  });
});

describe('a run starts once', () => {
  test('a Backup with one claim and one Job, and no status before the Job is seen', () => {
    const plan = decideBackup(aBackupWorld());
    expect(plan.effects.map((effect) => [effect.do, 'object' in effect && effect.object.metadata.name])).toEqual([
      ['createIfAbsent', 'orders-backups'],
      ['createJob', 'nightly-bbbbbbbb-1'],
    ]);
    expect(plan.status).toBeUndefined();
  });

  test('a Backup with a location of its own makes no claim', () => {
    const object = aBackup({ spec: { storageLocation: 'pvc://archive/daily' } });
    expect(decideBackup(aBackupWorld({ object })).effects.map((effect) => effect.do)).toEqual(['createJob']);
  });

  test('a Restore with one Job', () => {
    expect(decideRestore(aRestoreWorld()).effects).toMatchObject([{ do: 'createJob', object: { metadata: { name: 'undo-eeeeeeee-1' } } }]);
  });

  test('one that waited keeps its place in status until its Job is seen', () => {
    const object = aBackup({ status: { phase: 'Pending' } });
    expect(decideBackup(aBackupWorld({ object })).effects).toHaveLength(2);
  });

  test('one that is being deleted starts nothing', () => {
    expect(decideBackup(aBackupWorld({ object: aBackup({ metadata: { deletionTimestamp: NOW } }) }))).toEqual({ effects: [] });
  });

  test('one that breaks the schema is Failed and starts nothing', () => {
    const plan = decideBackup(aBackupWorld({ object: aBackup({ spec: { activeDeadlineSeconds: 1 } }) }));
    expect(plan.effects).toEqual([]);
    expect(condition(plan, 'Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec', message: 'spec.activeDeadlineSeconds: should be greater than or equal to 10' });
  });
});

describe('a run with a Job is followed, whatever became of what it needs', () => {
  const job = aJob();

  test('it is InProgress, with the Job, and looked at again in case that an event was lost', () => {
    const plan = decideBackup(aBackupWorld({ job, database: undefined }));
    expect(plan.status).toMatchObject({ phase: 'InProgress', jobName: job.metadata.name, jobUID: job.metadata.uid, startedAt: job.metadata.creationTimestamp });
    expect(condition(plan, 'BackupReady')).toMatchObject({ status: 'False', reason: 'BackupInProgress' });
    expect([plan.effects, plan.requeueAfterMs]).toEqual([[], 30_000]);
  });

  test('its start stays the same', () => {
    const object = aBackup({ status: { ...AT_WORK, startedAt: '2026-01-02T03:01:00Z' } });
    expect(decideBackup(aBackupWorld({ job, object })).status?.startedAt).toBe('2026-01-02T03:01:00Z');
  });

  test('a Backup is Completed only with a result, which tells all that a Restore needs', () => {
    const plan = decideBackup(aBackupWorld({ job, pods: [aPod({ state: ended(0, DUMPED) })] }));
    const { location: backupLocation, bytes, sha256, manifestSha256, serverVersion, clientVersion } = DUMPED;
    expect(plan.status).toMatchObject({ phase: 'Completed', backupTime: NOW, completedAt: NOW, backupLocation, bytes, sha256, manifestSha256, serverVersion, clientVersion });
    expect(condition(plan, 'BackupReady')).toMatchObject({ status: 'True', reason: 'BackupCompleted' });
    expect(condition(plan, 'Reconciling').status).toBe('False');
  });

  test('a Restore is Completed with its time and its outage', () => {
    const plan = decideRestore(aRestoreWorld({ job: aJob({ owner: aRestore() }), pods: [aPod({ state: ended(0, RESTORED) })] }));
    expect(plan.status).toMatchObject({ phase: 'Completed', restoreTime: NOW, bytes: 1234, outageMilliseconds: 87 });
    expect(condition(plan, 'RestoreReady')).toMatchObject({ status: 'True', reason: 'RestoreCompleted', message: expect.stringContaining('87 ms') });
  });

  test('what the runner counted is told, in status and message', () => {
    const dumped = decideBackup(aBackupWorld({ job: aJob({ owner: aBackup() }), pods: [aPod({ state: ended(0, { ...DUMPED, tables: 3, rows: 70 }) })] }));
    expect(dumped.status).toMatchObject({ tables: 3, rows: 70 });
    expect(condition(dumped, 'BackupReady').message).toContain('(70 rows of 3 tables)');
    const restored = decideRestore(aRestoreWorld({ job: aJob({ owner: aRestore() }), pods: [aPod({ state: ended(0, { ...RESTORED, tables: 3, rows: 70 }) })] }));
    expect(restored.status).toMatchObject({ tables: 3, rows: 70 });
  });

  test('a Restore whose outage is unknown says nothing of it', () => {
    const result = { ...RESTORED, outageMilliseconds: undefined };
    const plan = decideRestore(aRestoreWorld({ job: aJob({ owner: aRestore() }), pods: [aPod({ state: ended(0, result) })] }));
    expect(condition(plan, 'RestoreReady').message).toBe('The content of the Backup is in place');
    expect(plan.status).not.toHaveProperty('outageMilliseconds');
  });

  test('the result of another command is no result', () => {
    const plan = decideBackup(aBackupWorld({ job, pods: [aPod({ state: ended(0, RESTORED) })] }));
    expect(plan.status?.phase).toBe('Failed');
    expect(condition(plan, 'Stalled').reason).toBe(LostReason.ResultMissing);
  });

  test('what the runner says of its failure is in the conditions', () => {
    const failed = { v: 1, outcome: 'failed', reason: 'StorageFull', message: 'no space left on device', retryable: false };
    const plan = decideBackup(aBackupWorld({ job, pods: [aPod({ state: ended(20, failed) })] }));
    expect(plan.status).toMatchObject({ phase: 'Failed', completedAt: NOW });
    expect(condition(plan, 'BackupReady')).toMatchObject({ status: 'False', reason: 'BackupFailed', message: 'StorageFull: no space left on device' });
    expect(condition(plan, 'Stalled')).toMatchObject({ status: 'True', reason: 'StorageFull', message: 'no space left on device' });
  });
});

describe('what cannot be undone is not decided on caches alone', () => {
  const failedJob = aJob({ conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }] });
  const late = aJob({ metadata: { creationTimestamp: '2026-01-02T02:00:00Z' } });
  const told = { v: 1, outcome: 'failed', reason: 'DumpFailed', message: '', retryable: false };
  test.each<{ why: string; world: Partial<BackupWorld>; doubts: boolean }>([
    { why: 'a start', world: {}, doubts: true },
    { why: 'the loss of a Job', world: { object: aBackup({ status: AT_WORK }) }, doubts: true },
    { why: 'the loss of a pod', world: { job: failedJob }, doubts: true },
    { why: 'that a pod does not start', world: { job: late }, doubts: true },
    { why: 'why a runner was stopped: perhaps its time was over', world: { object: aBackup({ spec: { backoffLimit: 0 } }), job: aJob(), pods: [aPod({ state: ended(143, { ...told, reason: 'Cancelled', retryable: true }) })] }, doubts: true },
    { why: 'but what the runner reported', world: { job: failedJob, pods: [aPod({ state: ended(20, told) })] }, doubts: false },
    { why: 'and waiting', world: { database: undefined }, doubts: false },
  ])('$why', ({ world, doubts }) => {
    const plan = decideRun(BACKUP, aBackupWorld({ ...world, certain: false }), now);
    expect(plan.inDoubt).toBe(doubts ? true : undefined);
    if (doubts) expect(plan).toEqual({ effects: [], inDoubt: true });
  });
});

describe('a run whose pod does not start', () => {
  const job = aJob({ metadata: { creationTimestamp: '2026-01-02T02:00:00Z' } });

  test('has its Job deleted, and has not ended until that is gone: the pod might start after all', () => {
    const plan = decideBackup(aBackupWorld({ job }));
    expect(plan.effects).toMatchObject([{ do: 'delete', resource: 'jobs', target: { uid: job.metadata.uid }, propagation: 'Foreground' }]);
    expect(plan.status?.phase).toBe('InProgress');
    expect(condition(plan, 'Stalled')).toMatchObject({ status: 'True', reason: 'PodNotStarted' });
  });

  test('has it deleted once', () => {
    expect(decideBackup(aBackupWorld({ job: aJob({ metadata: { creationTimestamp: '2026-01-02T02:00:00Z', deletionTimestamp: NOW } }) })).effects).toEqual([]);
  });

  test('is Failed for that reason when the Job is gone', () => {
    const { status } = decideBackup(aBackupWorld({ job }));
    const plan = decideBackup(aBackupWorld({ object: aBackup({ ...(status && { status }) }) }));
    expect(plan.status?.phase).toBe('Failed');
    expect(condition(plan, 'Stalled')).toMatchObject({ status: 'True', reason: 'PodNotStarted' });
  });

  test('that started after all and left no word is not Failed for that reason: what it left is found out first', () => {
    const deleted = aJob({ metadata: { creationTimestamp: '2026-01-02T02:00:00Z', deletionTimestamp: NOW } });
    const stuck = decideBackup(aBackupWorld({ job })).status;
    const started = decideBackup(aBackupWorld({ job: deleted, object: aBackup({ ...(stuck && { status: stuck }) }), pods: [aPod({ state: ended(1, '') })] })).status;
    const goneToo = decideBackup(aBackupWorld({ job: deleted, object: aBackup({ ...(started && { status: started }) }) })).status;
    const plan = decideBackup(aBackupWorld({ object: aBackup({ ...(goneToo && { status: goneToo }) }) }));
    expect(plan.status).toMatchObject({ phase: 'InProgress', failure: { reason: 'JobLost' } });
  });

  test('is Completed when it made it all the same', () => {
    const { status } = decideBackup(aBackupWorld({ job }));
    const plan = decideBackup(aBackupWorld({ job, object: aBackup({ ...(status && { status }) }), pods: [aPod({ state: ended(0, DUMPED) })] }));
    expect(plan.status?.phase).toBe('Completed');
    expect(condition(plan, 'Stalled').status).toBe('False');
  });
});

test('a run whose Job is gone has failed as JobLost, and no second one is made', () => {
  const plan = decideBackup(aBackupWorld({ object: aBackup({ status: AT_WORK }) }));
  expect(plan.effects).toEqual([]);
  expect(plan.status).toMatchObject({ phase: 'InProgress', failure: { reason: LostReason.JobLost, message: expect.stringContaining('nightly-bbbbbbbb-1') as string } });
});

describe('the end is for good', () => {
  const worlds: { why: string; world: Partial<BackupWorld> }[] = [
    { why: 'with its Job still there and saying otherwise', world: { job: aJob(), pods: [aPod({ state: ended(20, { v: 1, outcome: 'failed', reason: 'DumpFailed', message: '', retryable: false }) })] } },
    { why: 'without its Job', world: {} },
    { why: 'without its Database', world: { database: undefined } },
  ];
  test.each((['Completed', 'Failed'] as const).flatMap((phase) => worlds.map((world) => ({ phase, ...world }))))('a run that is $phase stays so $why', ({ phase, world }) => {
    const object = aBackup({ status: { ...COMPLETED_BACKUP, ...AT_WORK, phase } });
    expect(decideBackup(aBackupWorld({ object, ...world }))).toEqual({ effects: [] });
  });

  test('a spec that was changed later runs nothing, and a condition, an Event and the log say so', () => {
    const object = aBackup({ metadata: { generation: 2 }, status: COMPLETED_BACKUP });
    const plan = decideBackup(aBackupWorld({ object }));
    expect(plan.effects).toEqual([]);
    expect(plan.status).toMatchObject({ ...COMPLETED_BACKUP, observedGeneration: 2 });
    expect(condition(plan, 'SpecChangeIgnored')).toMatchObject({ status: 'True', reason: 'RunsOnce', observedGeneration: 2, message: expect.stringContaining('Create a new Backup') });
    expect(plan.notice).toMatchObject({ reason: 'RunsOnce', message: expect.stringContaining('Create a new Backup') });
  });
});

test('a start that was refused keeps the run Pending and says why', () => {
  const status = blockedRun(BACKUP, aBackupWorld(), { now, why: { reason: 'NameTaken', message: 'Job shop/nightly-bbbbbbbb-1 already exists' } });
  expect(status).toMatchObject({ phase: 'Pending', conditions: [{ type: 'BackupReady', reason: 'NameTaken' }, { type: 'Reconciling', status: 'True' }] });
});
