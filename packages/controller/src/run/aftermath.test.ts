// The end of a Backup whose runner died without a word.
import { findCondition, type Backup } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, DUMPED, ended, NOW, type APod, type PodParts } from '../../test/fixtures.ts';
import { expectGolden, hardeningGaps, podSpecOf, restrictedViolations } from '../../test/manifest.ts';
import { aBackupWorld, AT_WORK, BACKUP } from '../../test/run-world.ts';
import type { BackupWorld } from '../backup/world.ts';
import { decideRun } from './decide.ts';
import { followUpName } from './follow-up.ts';
import type { RunPlan } from './kind.ts';

const now = Date.parse(NOW);
const decide = (world: Partial<BackupWorld>): RunPlan => decideRun(BACKUP, aBackupWorld(world), now);
const working = aBackup({ status: AT_WORK });
const killed = aPod({ state: ended(137, undefined, 'OOMKilled') });
const failure = { reason: 'OutOfMemory', message: 'The runner or one of its tools ran out of memory' };
const lost = aBackup({ status: { ...AT_WORK, failure } });
const discard = aJob({ owner: lost, uid: 'discard-uid', metadata: { name: followUpName(lost) } });
const says = (state: PodParts): Partial<BackupWorld> => ({ object: lost, followUp: { job: discard, pods: [aPod({ job: discard, ...state })] } });
const stalled = ({ status }: RunPlan): string => {
  const { reason, message } = findCondition(status?.conditions, 'Stalled') ?? {};
  return `${status?.phase} ${reason}: ${message}`;
};

test('it is not Failed before it is known what the runner left, and says so', () => {
  const { effects, status } = decide({ object: working, job: aJob(), pods: [killed] });
  expect(effects).toEqual([]);
  expect(status).toMatchObject({ phase: 'InProgress', failure });
  expect(findCondition(status?.conditions, 'Reconciling')).toMatchObject({ reason: 'CleaningUp', message: `Finding out what the lost runner left. OutOfMemory: ${failure.message}` });
});

test.each<{ why: string; object?: Backup; pod: APod }>([
  { why: 'whose runner told of its failure', pod: aPod({ state: ended(20, { v: 1, outcome: 'failed', reason: 'StorageFull', message: 'no space', retryable: false }) }) },
])('one $why is Failed at once: that runner has cleaned up', ({ object = working, pod }) => {
  expect(decide({ object, job: aJob(), pods: [pod] }).status?.phase).toBe('Failed');
});

describe('the Job that finds it out', () => {
  test('is made once nothing else is at work, on the word of the API server', async () => {
    expect(decide({ object: lost, certain: false })).toEqual({ effects: [], inDoubt: true });
    expect(decide({ object: lost, atWork: ['Restore undo'] }).effects).toEqual([]);
    const { effects } = decide({ object: lost });
    expect(effects).toMatchObject([{ do: 'createJob' }]);
    for (const effect of effects) {
      if (effect.do !== 'createJob') continue;
      const pod = podSpecOf(effect.object);
      expect([restrictedViolations(pod), hardeningGaps(pod)]).toEqual([[], []]);
      await expectGolden(effect.object, 'discard-job');
    }
  });

  test.each<{ why: string; world: Partial<BackupWorld>; ends: string | RegExp }>([
    { why: 'finds nothing', world: says({ state: ended(0, { v: 1, outcome: 'succeeded', command: 'discard', found: 'nothing', startedAt: NOW, finishedAt: NOW }) }), ends: `Failed OutOfMemory: ${failure.message}; it left nothing` },
    { why: 'removes what it finds', world: says({ state: ended(0, { v: 1, outcome: 'succeeded', command: 'discard', found: 'removed', startedAt: NOW, finishedAt: NOW }) }), ends: `Failed OutOfMemory: ${failure.message}; what it left was removed` },
    {
      why: 'cannot reach the storage',
      world: says({ state: ended(20, { v: 1, outcome: 'failed', reason: 'StorageDenied', message: 'no', retryable: false }) }),
      ends: /^Failed OutOfMemory: .*; something of it may remain in pvc:\/\/orders-backups\/shop\/orders\/nightly-bbbbbbbb, which could not be looked at \(StorageDenied: no\)$/,
    },
    { why: 'has no Secret', world: { object: lost, credentials: { secret: 'keys', missing: true } }, ends: /may remain in .*Secret keys does not exist/ },
    { why: 'would look elsewhere, because the spec was edited', world: { object: { ...lost, metadata: { ...lost.metadata, generation: 2 } } }, ends: /may remain in .*the spec was changed meanwhile/ },
  ])('$why: then the Backup is Failed for the reason it had', ({ world, ends }) => {
    expect(stalled(decide(world))).toMatch(typeof ends === 'string' ? new RegExp(`^${ends}$`) : ends);
    expect(decide(world).status).not.toHaveProperty('failure');
  });

  test('finds a backup that is complete: then the Backup is Completed with its digest', () => {
    const { status } = decide(says({ state: ended(0, DUMPED) }));
    expect(status).toMatchObject({ phase: 'Completed', manifestSha256: DUMPED.manifestSha256, bytes: DUMPED.bytes });
    expect(status).not.toHaveProperty('failure');
  });
});
