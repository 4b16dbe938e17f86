import { ANNOTATION_CHECK, LABEL_CHECK, type CheckSucceeded, type Database, type DatabaseStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aServer, aStatefulSet, aWorld, CHECKED } from '../../../test/database-world.ts';
import { aDatabase, aJob, aPod, ended, NOW } from '../../../test/fixtures.ts';
import type { DatabaseWorld } from '../world.ts';
import { decideCheck } from './decide.ts';
import type { CheckPlan } from './plan.ts';
import { checkLabel } from './desired-check.ts';
import { startsOf } from './servers.ts';

const now = Date.parse(NOW);
const SERVERS = startsOf(aWorld()) ?? '';
const LAGS = { reason: 'StandbyLags', message: 'orders-1 lags' };

interface Seen {
  readonly servers?: DatabaseWorld['pods'];
  readonly rolledOut?: boolean;
  readonly phase?: DatabaseStatus['phase'];
  readonly status?: DatabaseStatus['consistency'];
  readonly conditions?: DatabaseStatus['conditions'];
  readonly asked?: string;
  /** How the Jobs of the rounds ended; undefined is at work. */
  readonly rounds?: Readonly<Record<number, Partial<CheckSucceeded> | 'lost' | undefined>>;
}

function worldOf({ servers, phase = 'Verifying', status, conditions = [], asked, rounds = {} }: Seen): DatabaseWorld {
  const database: Database = aDatabase({ status: { phase, conditions, ...(status && { consistency: status }) }, metadata: { annotations: asked === undefined ? {} : { [ANNOTATION_CHECK]: asked } } });
  const world = aWorld({ database, ...(servers && { pods: servers }), checks: [] });
  const checks = Object.entries(rounds).map(([round, result]) => {
    const job = aJob({ metadata: { name: `orders-check-${round}`, labels: { [LABEL_CHECK]: checkLabel({ servers: startsOf(world) ?? '', request: asked?.slice(0, 256), round: Number(round) }) } }, ...(result === 'lost' && { conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }] }) });
    const pods = result === 'lost' ? [] : [aPod({ job, state: result === undefined ? { running: {} } : ended(0, { ...CHECKED, ...result }) })];
    return { job, pods };
  });
  return { ...world, checks };
}

const decide = (seen: Seen): CheckPlan => decideCheck(worldOf(seen), { now, rolledOut: seen.rolledOut ?? true });
/** A plan in a few words. */
function inWords({ passed, start, effects, conditions: [consistent], status, requeueAfterMs }: CheckPlan): string {
  const { consistency } = status;
  const failing = consistency?.failedChecks === undefined ? [] : [`failed ${consistency.failedChecks}, next ${consistency.nextCheckTime ?? ''}`];
  return [
    passed ? 'passed' : 'open',
    `${consistent.status} ${consistent.reason}`,
    ...failing,
    ...effects.map((effect) => `${effect.do}s ${'target' in effect ? effect.target.name.replace(/.*-/, 'round ') : ''}`),
    ...(start === undefined ? [] : [`starts round ${start.round}`]),
    ...(requeueAfterMs === undefined ? [] : [`in ${requeueAfterMs / 1000} s`]),
  ].join(', ');
}

const starting = [aServer({ state: { waiting: { reason: 'ContainerCreating' } } })];
const passedStatus = { checkedAt: NOW, servers: SERVERS };
const failedStatus = { checkedAt: NOW, servers: SERVERS, failedChecks: 2, nextCheckTime: '2026-01-02T03:04:15Z' };
const condition = (status: 'True' | 'False' | 'Unknown', reason: string): NonNullable<Seen['conditions']> => [{ type: 'Consistent', status, reason, message: 'as before', lastTransitionTime: NOW, observedGeneration: 1 }];

describe('a check', () => {
  test.each<{ why: string; seen: Seen; says: string }>([
    { why: 'waits until all servers run', seen: { servers: starting, rolledOut: false }, says: 'open, Unknown NotChecked' },
    { why: 'starts while they do, and waits there for them to answer', seen: { rolledOut: false }, says: 'open, Unknown NotChecked, starts round 0, in 10 s' },
    { why: 'is not started twice', seen: { rolledOut: false, rounds: { 0: undefined } }, says: 'open, Unknown NotChecked' },
    { why: 'that passed counts when they are ready', seen: { rolledOut: false, rounds: { 0: {} } }, says: 'open, Unknown NotChecked' },
    { why: 'and then it counts', seen: { rounds: { 0: {} } }, says: 'passed, True AllChecksPassed' },
    { why: 'is waited for when they are ready before', seen: { rounds: { 0: undefined } }, says: 'open, Unknown NotChecked, in 10 s' },
    { why: 'is made again where the servers were too slow for the first', seen: { rounds: { 0: { findings: [LAGS] } } }, says: 'open, Unknown NotChecked, deletes round 0, starts round 1, in 10 s' },
    { why: 'but only when they are ready', seen: { rolledOut: false, rounds: { 0: { findings: [LAGS] } } }, says: 'open, Unknown NotChecked' },
    { why: 'is made of servers that are ready already', seen: {}, says: 'open, Unknown NotChecked, starts round 1, in 10 s' },
    { why: 'that is at work is waited for, whatever the name of its Job', seen: { rounds: { 1: undefined } }, says: 'open, Unknown NotChecked, in 10 s' },
    { why: 'that passed is enough', seen: { rounds: { 1: {} } }, says: 'passed, True AllChecksPassed' },
    { why: 'that was recorded is not made again', seen: { status: passedStatus, conditions: condition('True', 'AllChecksPassed') }, says: 'passed, True AllChecksPassed' },
    { why: 'of other servers says nothing', seen: { status: { ...passedStatus, servers: 'others' }, conditions: condition('True', 'AllChecksPassed') }, says: 'open, Unknown NotChecked, starts round 1, in 10 s' },
  ])('$why', ({ seen, says }) => expect(inWords(decide(seen))).toBe(says));
});

describe('a check that failed', () => {
  test.each<{ why: string; seen: Seen; says: string }>([
    { why: 'is made again after 5 s', seen: { rounds: { 1: { findings: [LAGS] } } }, says: 'open, False StandbyLags, failed 1, next 2026-01-02T03:04:10Z, in 5 s' },
    { why: 'is made again later each time', seen: { status: { ...failedStatus, nextCheckTime: NOW }, rounds: { 3: { findings: [LAGS] } } }, says: 'open, False StandbyLags, failed 3, next 2026-01-02T03:04:25Z, in 20 s' },
    { why: 'is made again after 5 minutes at most', seen: { status: { ...failedStatus, failedChecks: 40, nextCheckTime: NOW }, rounds: { 41: { findings: [LAGS] } } }, says: 'open, False StandbyLags, failed 41, next 2026-01-02T03:09:05Z, in 300 s' },
    { why: 'is not made again before its time', seen: { status: failedStatus, conditions: condition('False', 'StandbyLags') }, says: 'open, False StandbyLags, failed 2, next 2026-01-02T03:04:15Z, in 10 s' },
    { why: 'is made again in its time, and the earlier Job goes', seen: { status: { ...failedStatus, nextCheckTime: NOW }, conditions: condition('False', 'StandbyLags'), rounds: { 2: { findings: [LAGS] } } }, says: `open, False StandbyLags, failed 2, next ${NOW}, deletes round 2, starts round 3, in 10 s` },
    { why: 'is made again at once when somebody asks', seen: { asked: 'now', status: failedStatus, conditions: condition('False', 'StandbyLags') }, says: 'open, False StandbyLags, failed 2, next 2026-01-02T03:04:15Z, starts round 1, in 10 s' },
    { why: 'without a word of its runner', seen: { rounds: { 1: 'lost' } }, says: 'open, False CheckFailed, failed 1, next 2026-01-02T03:04:10Z, in 5 s' },
    { why: 'and then passes', seen: { status: { ...failedStatus, nextCheckTime: NOW }, conditions: condition('False', 'StandbyLags'), rounds: { 3: {} } }, says: 'passed, True AllChecksPassed' },
  ])('$why', ({ seen, says }) => expect(inWords(decide(seen))).toBe(says));

  test('is told once, and again when it fails for another reason', () => {
    const told = (before: string): string | undefined => decide({ conditions: condition('False', before), rounds: { 1: { findings: [LAGS, { reason: 'SpaceLow', message: 'full' }] } } }).notice?.message;
    expect([told('StandbyLags'), told('RowNotArrived')]).toEqual([undefined, 'orders-1 lags; full']);
  });
});

describe('a check that found what restores left', () => {
  const found = { leftovers: { dropped: 0, left: 2 } };
  const again = { ...passedStatus, leftoverDatabases: 2, nextCheckTime: '2026-01-02T04:05:05Z' };
  const seen = { phase: 'Ready', conditions: condition('True', 'AllChecksPassed') } as const;

  test('passes all the same, says how many, and when it is looked at again', () => {
    const plan = decide({ rounds: { 1: found } });
    expect(inWords(plan)).toBe('passed, True AllChecksPassed');
    expect(plan.status.consistency).toEqual({ checkedAt: '2026-01-02T03:04:01Z', servers: SERVERS, leftoverDatabases: 2, nextCheckTime: '2026-01-02T04:05:01Z' });
  });

  test.each<{ why: string; seen: Seen; says: string }>([
    { why: 'waits for that', seen: { ...seen, status: again }, says: 'passed, True AllChecksPassed, in 3660 s' },
    { why: 'is then made again', seen: { ...seen, status: { ...again, nextCheckTime: NOW } }, says: 'passed, True AllChecksPassed, starts round 2, in 10 s' },
    { why: 'is waited for meanwhile', seen: { ...seen, status: { ...again, nextCheckTime: NOW }, rounds: { 2: undefined } }, says: 'passed, True AllChecksPassed, in 10 s' },
  ])('$why', ({ seen: what, says }) => expect(inWords(decide(what))).toBe(says));

  test('and nothing any more is the last one', () => {
    const plan = decide({ ...seen, status: { ...again, nextCheckTime: NOW }, rounds: { 2: { leftovers: { dropped: 2, left: 0 } } } });
    expect(inWords(plan)).toBe('passed, True AllChecksPassed');
    expect(plan.status.consistency).toEqual({ checkedAt: '2026-01-02T03:04:01Z', servers: SERVERS });
  });
});

describe('an annotation', () => {
  test.each<{ why: string; seen: Seen; says: string }>([
    { why: 'asks for a check, and the Database stays Ready meanwhile', seen: { asked: 'now', phase: 'Ready', status: passedStatus, conditions: condition('True', 'AllChecksPassed') }, says: 'passed, True AllChecksPassed, starts round 1, in 10 s' },
    { why: 'is answered once', seen: { asked: 'now', phase: 'Ready', status: { ...passedStatus, request: 'now' }, conditions: condition('True', 'AllChecksPassed') }, says: 'passed, True AllChecksPassed' },
    { why: 'that is taken away asks for nothing', seen: { phase: 'Ready', status: { ...passedStatus, request: 'now' }, conditions: condition('True', 'AllChecksPassed') }, says: 'passed, True AllChecksPassed' },
    { why: 'that could not be answered says nothing against the servers: the Database stays Ready, and it is tried again', seen: { asked: 'now', phase: 'Ready', status: passedStatus, conditions: condition('True', 'AllChecksPassed'), rounds: { 1: 'lost' } }, says: 'passed, Unknown CheckFailed, failed 1, next 2026-01-02T03:04:10Z, in 5 s' },
    { why: 'that could not be answered is answered later', seen: { asked: 'now', phase: 'Ready', status: { ...passedStatus, request: 'now', failedChecks: 1, nextCheckTime: NOW }, conditions: condition('Unknown', 'CheckFailed') }, says: `passed, Unknown CheckFailed, failed 1, next ${NOW}, starts round 2, in 10 s` },
    { why: 'may bring to light that a Ready Database is not consistent', seen: { asked: 'now', phase: 'Ready', status: passedStatus, conditions: condition('True', 'AllChecksPassed'), rounds: { 1: { findings: [LAGS] } } }, says: 'open, False StandbyLags, failed 1, next 2026-01-02T03:04:10Z, in 5 s' },
  ])('$why', ({ seen, says }) => expect(inWords(decide(seen))).toBe(says));

  test('is answered in the status, as far as 256 characters go', () => {
    expect(decide({ asked: 'x'.repeat(300), rounds: { 1: {} } }).status.consistency?.request).toHaveLength(256);
  });
});

test('a Database that is Ready and was never checked stays so while it is checked: an upgrade of the operator takes nothing down', () => {
  expect(inWords(decide({ phase: 'Ready' }))).toBe('passed, Unknown NotChecked, starts round 1, in 10 s');
});

test('what was seen of the standbys is in the status, also when it is not good', () => {
  const standbys = [{ name: 'orders-1', state: 'NotStreaming', observedAt: NOW }] as const;
  expect(decide({ rounds: { 1: { findings: [LAGS], standbys: [...standbys] } } }).status.replication).toEqual(standbys);
});

test('a check whose pod does not start says why', () => {
  const world = worldOf({ rounds: { 1: undefined } });
  const checks = world.checks.map(({ job }) => ({ job, pods: [aPod({ job, state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } })] }));
  expect(decideCheck({ ...world, checks }, { now, rolledOut: true }).trouble).toMatch(/^the pod of Job orders-check-1 does not start: ImagePullBackOff: no such image$/);
});

describe('the servers that a check is about are others', () => {
  const one = startsOf(aWorld());
  const container = (restartCount: number): DatabaseWorld['pods'] => [aServer({ status: { containerStatuses: [{ name: 'postgres', image: '', imageID: '', ready: true, restartCount }] } })];
  test.each([
    { why: 'when a pod was replaced', pods: [aServer({ metadata: { uid: 'another' } })] },
    { why: 'when a server was started again', pods: container(1) },
    { why: 'not when nothing happened', pods: container(0), same: true },
  ])('$why', ({ pods, same = false }) => expect(startsOf(aWorld({ pods })) === one).toBe(same));

  test.each([
    { why: 'a pod is missing', pods: [] },
    { why: 'a pod is being deleted', pods: [aServer({ metadata: { deletionTimestamp: NOW } })] },
    { why: 'a pod runs an older template', pods: [aServer({ metadata: { labels: { 'controller-revision-hash': 'old' } } })] },
    { why: 'a server is not started', pods: starting },
    { why: 'the pod is of somebody else', pods: [aServer({ metadata: { ownerReferences: [] } })] },
  ])('and none while $why', ({ pods }) => expect(startsOf({ statefulSet: aStatefulSet(), pods })).toBeUndefined());

  test('the pod of an ordinal that is not wanted does not count', () => {
    expect(startsOf(aWorld({ pods: [aServer(), aServer({ ordinal: 1 })] }))).toBe(one);
  });
});
