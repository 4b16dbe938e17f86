import { controllerReference, findCondition, type Backup, type Condition } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aJob, aPod, aRestore, COMPLETED_BACKUP, DUMPED, ended, NOW } from '../../test/fixtures.ts';
import { aBackupWorld, aRestoreWorld, BACKUP, ofBackup, RESTORE } from '../../test/run-world.ts';
import { checkWhole } from '../restore/checks.ts';
import { checkTarget, isBlocked } from './checks.ts';
import { decideRun } from './decide.ts';
import type { RunStatus } from './status.ts';

const now = Date.parse(NOW);
const condition = (status: RunStatus | undefined, type: string): Partial<Condition> => findCondition(status?.conditions, type) ?? {};
const inBucket = aBackup({ spec: { storageLocation: 's3://shop-backups', credentialsRef: { name: 'bucket-keys' } } });
const missing = { secret: 'bucket-keys', missing: true };

describe('a run without the Secret with its keys', () => {
  const plan = decideRun(BACKUP, aBackupWorld({ object: inBucket, credentials: missing }), now);

  test('waits as Pending, starts nothing, and looks again: nothing would tell', () => {
    expect([plan.effects, plan.status?.phase, plan.requeueAfterMs]).toEqual([[], 'Pending', 10_000]);
  });

  test('names the Secret, the namespace and the keys', () => {
    const { reason, message } = condition(plan.status, 'BackupReady');
    expect(reason).toBe('CredentialsNotFound');
    for (const word of ['Secret bucket-keys', 'namespace shop', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL_S3', 'AWS_CA_BUNDLE (PEM)']) expect(message).toContain(word);
  });

  test('does not hold up others meanwhile', () => {
    expect(isBlocked(aBackup({ ...(plan.status && { status: plan.status }) }))).toBe(true);
    expect(isBlocked(aBackup({ status: { phase: 'Pending' } }))).toBe(false);
  });

  test('is a Restore as well as a Backup', () => {
    expect(condition(decideRun(RESTORE, aRestoreWorld({ credentials: missing }), now).status, 'RestoreReady').reason).toBe('CredentialsNotFound');
  });

  test.each([
    { why: 'is told first what else it waits for', world: { database: undefined, credentials: missing }, reason: 'DatabaseNotFound' },
    { why: 'waits for its turn before it asks', world: { atWork: ['Restore undo'], credentials: missing }, reason: 'WaitingForTurn' },
  ])('$why', ({ world, reason }) => {
    expect(condition(decideRun(BACKUP, aBackupWorld(world), now).status, 'BackupReady').reason).toBe(reason);
  });

  test('starts when it is there', () => {
    const { effects } = decideRun(BACKUP, aBackupWorld({ object: inBucket, credentials: { secret: 'bucket-keys', missing: false } }), now);
    expect(effects.map((effect) => effect.do)).toEqual(['createJob']);
  });
});

describe('a Backup of a part of a database', () => {
  const part = (parts: Partial<Pick<Backup, 'status'>> & { metadata?: object } = {}): Backup => aBackup({ spec: { selection: { schemas: ['public'] } }, status: COMPLETED_BACKUP, ...parts });

  test('makes a Restore of it Failed before anything starts, and says what to do', () => {
    const plan = decideRun(RESTORE, aRestoreWorld({ source: ofBackup(part()), database: undefined }), now);
    expect([plan.effects, plan.status?.phase]).toEqual([[], 'Failed']);
    expect(condition(plan.status, 'Stalled')).toMatchObject({ status: 'True', reason: 'BackupPartial', message: expect.stringMatching(/Name a Backup without spec.selection/) as string });
  });

  test('does so on the word of the API server only: a Restore of an earlier Backup of that name may be at work', () => {
    expect(decideRun(RESTORE, aRestoreWorld({ source: ofBackup(part()), certain: false }), now)).toEqual({ effects: [], inDoubt: true });
  });

  test('completed is itself as good as any other', () => {
    const object = aBackup({ spec: { selection: { schemas: ['public'] } } });
    expect(decideRun(BACKUP, aBackupWorld({ object, job: aJob(), pods: [aPod({ state: ended(0, DUMPED) })] }), now).status?.phase).toBe('Completed');
  });

  test.each<{ why: string; backup: Backup | undefined; refused: boolean }>([
    { why: 'when it is Completed', backup: part(), refused: true },
    { why: 'not before: its spec may still change', backup: part({ status: { phase: 'Pending', observedGeneration: 1 } }), refused: false },
    { why: 'not when the selection was written after the run', backup: part({ metadata: { generation: 2 } }), refused: false },
    {
      why: 'nor when that was noticed by now',
      backup: part({ metadata: { generation: 2 }, status: { ...COMPLETED_BACKUP, observedGeneration: 2, conditions: [{ type: 'SpecChangeIgnored', status: 'True', reason: 'RunsOnce', message: '', lastTransitionTime: NOW }] } }),
      refused: false,
    },
    { why: 'not when it is whole', backup: aBackup({ status: COMPLETED_BACKUP }), refused: false },
    { why: 'not when it is not there', backup: undefined, refused: false },
  ])('is refused $why: $refused', ({ backup, refused }) => {
    expect(checkWhole(backup) !== undefined).toBe(refused);
  });
});

test('a Backup that a superuser must restore is Completed all the same, and a condition says it', () => {
  const result = { ...DUMPED, source: 'Primary', superuserOnly: { count: 1, first: ['extension file_fdw'] } };
  const { status } = decideRun(BACKUP, aBackupWorld({ job: aJob(), pods: [aPod({ state: ended(0, result) })] }), now);
  expect(status).toMatchObject({ phase: 'Completed', plainBytes: 5678, durationSeconds: 10, bytesPerSecond: 568, source: 'Primary' });
  expect([condition(status, 'BackupReady').status, condition(status, 'OwnerRestorable')]).toMatchObject(['True', { status: 'False', reason: 'SuperuserNeeded' }]);
});

test('a Restore from a place that cannot be read is not started', () => {
  const backup = aBackup({ status: { ...COMPLETED_BACKUP, backupLocation: 'ftp://old/place' } });
  const { status } = decideRun(RESTORE, aRestoreWorld({ object: aRestore(), source: ofBackup(backup) }), now);
  expect(condition(status, 'RestoreReady').reason).toBe('BackupLocationMissing');
});

describe('a Database that is Verifying', () => {
  const database = aDatabase({ status: { phase: 'Verifying' } });
  const own = { metadata: { ownerReferences: [controllerReference(database)] } };
  const found = (reason: string): typeof database => aDatabase({ status: { phase: 'Verifying', conditions: [{ type: 'Consistent', status: 'False', reason, message: '', lastTransitionTime: NOW }] } });

  test.each([
    { why: 'lets no run start', world: { database }, starts: false },
    { why: 'nor while its servers do not agree', world: { database: found('StandbyLags') }, starts: false },
    { why: 'but lets any start that may be the remedy for what a check found', world: { database: found('ChecksumFailures') }, starts: true },
    { why: 'lets the Restore start that it made for itself', world: { database, object: aRestore(own) }, starts: true },
    { why: 'but not one of a Database of its name that is gone', world: { database: { ...database, metadata: { ...database.metadata, uid: 'later' } }, object: aRestore(own) }, starts: false },
  ])('$why', ({ world, starts }) => {
    const { effects, status } = decideRun(RESTORE, aRestoreWorld(world), now);
    expect([effects.length === 1, condition(status, 'RestoreReady').reason]).toEqual([starts, starts ? undefined : 'DatabaseNotReady']);
  });

  test('and while its servers are not up, not even that', () => {
    const deploying = aDatabase({ status: { phase: 'Deploying' } });
    expect(condition(decideRun(RESTORE, aRestoreWorld({ database: deploying, object: aRestore(own) }), now).status, 'RestoreReady').reason).toBe('DatabaseNotReady');
  });
});

describe("a run of the operator's own", () => {
  const own = aBackup({ metadata: { labels: { 'database.example.com/purpose': 'final-backup' } } });
  const deleted = aDatabase({ metadata: { deletionTimestamp: NOW }, status: { phase: 'Deploying' } });
  test.each([
    { why: 'needs a primary that can be reached, whatever else the Database waits for', run: own, database: deleted, reachable: true, waits: undefined },
    { why: 'waits while it cannot', run: own, database: deleted, reachable: false, waits: 'DatabaseNotReady' },
    { why: 'waits for a Database that is not there', run: own, database: undefined, reachable: false, waits: 'DatabaseNotFound' },
    { why: 'is not one of a user', run: aBackup(), database: deleted, reachable: true, waits: 'DatabaseNotFound' },
    { why: 'is not one of a user, who needs it Ready', run: aBackup(), database: aDatabase({ status: { phase: 'Deploying' } }), reachable: true, waits: 'DatabaseNotReady' },
  ])('$why', ({ run, database, reachable, waits }) => {
    expect(checkTarget(run, database, reachable)?.reason).toBe(waits);
  });
});
