import { findCondition, type Condition, type Restore } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aJob, aPod, aRestore, ended } from '../../test/fixtures.ts';
import { expectGolden, secretKeys, podSpecOf } from '../../test/manifest.ts';
import { aRestoreWorld, RESTORE } from '../../test/run-world.ts';
import { decideRun } from '../run/decide.ts';
import { followUpName } from '../run/follow-up.ts';
import type { RunPlan } from '../run/kind.ts';
import type { RestoreWorld } from './world.ts';

const DUE = Date.parse('2026-01-03T03:00:00Z');
const kept: Condition = { type: 'PreviousKept', status: 'True', reason: 'Kept', message: '', lastTransitionTime: '2026-01-02T03:00:00Z', observedGeneration: 1 };
const status: NonNullable<Restore['status']> = {
  phase: 'Completed',
  restoreTime: '2026-01-02T03:00:00Z',
  observedGeneration: 1,
  previousDatabase: { name: 'previous_eeeeeeee', oid: '16400', keptUntil: '2026-01-03T03:00:00Z' },
  conditions: [kept],
};
const done = aRestore({ status });
const decide = (world: Partial<RestoreWorld> = {}, at = DUE): RunPlan => decideRun(RESTORE, aRestoreWorld({ object: done, ...world }), at);
const told = ({ status: after }: RunPlan): string => {
  const condition = findCondition(after?.conditions, 'PreviousKept');
  return condition === undefined ? 'nothing' : `${condition.status} ${condition.reason}: ${condition.message}`;
};

describe('what a Restore replaced', () => {
  test('is left alone until its time, and looked at again then, a day later at most', () => {
    expect(decide({}, DUE - 5000)).toEqual({ effects: [], requeueAfterMs: 5000 });
    expect(decide({}, DUE - 99 * 3_600_000).requeueAfterMs).toBe(24 * 3_600_000);
  });

  test('is dropped when its time is over, as superuser, with no storage, on the word of the API server', async () => {
    expect(decide({ certain: false })).toEqual({ effects: [], inDoubt: true });
    const [effect] = decide().effects;
    if (effect?.do !== 'createJob') throw new Error('no Job');
    expect(secretKeys(podSpecOf(effect.object))).toEqual(['orders-internal/password', 'orders-internal/username']);
    await expectGolden(effect.object, 'drop-job');
  });

  const back = (phase: 'Pending' | 'Completed', restoreTime?: string): Restore => aRestore({ metadata: { name: 'back', uid: 'back' }, status: { phase, ...(restoreTime !== undefined && { restoreTime }) } });
  test.each<{ why: string; world: Partial<RestoreWorld>; says: RegExp }>([
    { why: 'while somebody wants to go back', world: { goingBack: [back('Pending')] }, says: /^True WaitingToDrop: .*Restore back wants to go back to it/ },
    { why: 'while another run is at work', world: { atWork: ['Backup nightly'] }, says: /^True WaitingToDrop: .*Backup nightly works on the same Database/ },
    { why: 'while another run could start', world: { rivals: [{ object: back('Pending'), startable: true }] }, says: /^True WaitingToDrop: .*back works on the same Database/ },
    { why: 'without its Database', world: { database: undefined }, says: /^True WaitingToDrop: .*Database orders is not Ready/ },
    { why: 'of a Database that nobody knows any more', world: { object: aRestore({ status: { ...status, conditions: [kept, { ...kept, type: 'SpecChangeIgnored' }] } }) }, says: /^True WaitingToDrop: .*the spec was changed since/ },
  ])('waits $why, and says so', ({ world, says }) => {
    expect(decide(world).effects).toEqual([]);
    expect(told(decide(world))).toMatch(says);
  });

  test('is the live one again after going back, and not after going back to one of its name before', () => {
    expect(told(decide({ goingBack: [back('Completed', '2026-01-02T04:00:00Z')] }, DUE - 1))).toBe('False PreviousRestored: Restore back put it back in its place');
    expect(told(decide({ goingBack: [back('Completed', '2026-01-01T04:00:00Z')] }, DUE - 1))).toBe('nothing');
  });
});

describe('the end of the drop', () => {
  const created = '2026-01-03T03:01:00Z';
  const job = aJob({ owner: done, metadata: { name: followUpName(done), creationTimestamp: created } });
  const after = (message: object, code = 0): Partial<RestoreWorld> => ({ followUp: { job, pods: [aPod({ job, state: ended(code, message) })] } });
  const found = (what: string): Partial<RestoreWorld> => after({ v: 1, outcome: 'succeeded', command: 'dropPrevious', found: what, startedAt: created, finishedAt: created });
  const failed = after({ v: 1, outcome: 'failed', reason: 'ServerUnreachable', message: 'no answer', retryable: true }, 10);

  test.each([
    ['dropped', 'it was dropped'],
    ['absent', 'it was not there any more'],
    ['different', 'another database has its name by now, and was left alone'],
  ])('%s is told, and changes nothing else', (what, says) => {
    const plan = decide(found(what));
    expect(told(plan)).toMatch(new RegExp(`^False PreviousDropped: .*${says}$`));
    expect({ ...plan.status, conditions: [] }).toEqual({ ...status, conditions: [] });
    expect(decide({ object: aRestore({ status: plan.status as Restore['status'] & object }) })).toEqual({ effects: [] });
  });

  test('that failed is told, and tried again after as long as it was overdue when it began', () => {
    const plan = decide(failed, Date.parse(created) + 20_000);
    expect(told(plan)).toBe('True DropFailed: It could not be dropped (ServerUnreachable: no answer); tried again at 2026-01-03T03:02:00Z');
    expect([plan.effects, plan.requeueAfterMs]).toEqual([[], 40_000]);
    expect(decide(failed, Date.parse(created) + 60_000).effects).toMatchObject([{ do: 'delete', resource: 'jobs', target: { uid: job.metadata.uid } }]);
  });
});
