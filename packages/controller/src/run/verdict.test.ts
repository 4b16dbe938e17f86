import { LostReason } from '@postgres-operator/api';
import type { ContainerState } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { aJob, aPod, DUMPED, ended, NOW, type APod, type JobParts, type PodParts } from '../../test/fixtures.ts';
import { START_DEADLINE_MS, verdict, verdictWithoutJob, type Verdict } from './verdict.ts';

const now = Date.parse(NOW);
const COMPLETE: JobParts = { conditions: [{ type: 'Complete' }] };
const FAILED: JobParts = { conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }] };
const DEADLINE: JobParts = { conditions: [{ type: 'Failed', reason: 'DeadlineExceeded' }] };
const failure = { v: 1, outcome: 'failed', reason: 'ServerUnreachable', message: 'connection refused', retryable: true };

/** The verdict in a few words. */
const wordsOf = (job: JobParts, pods: readonly APod[], at = now): string => inWords(verdict(aJob(job), pods, at));

function inWords(seen: Verdict): string {
  if (seen.state === 'succeeded') return `succeeded ${seen.result.command}`;
  return seen.state === 'running' ? `running: ${seen.message}` : `${seen.state} ${seen.reason}: ${seen.message}`;
}

describe('the runner speaks for itself', () => {
  test.each<{ why: string; job: JobParts; pod: PodParts; says: RegExp }>([
    { why: 'success counts before the Job is marked', job: {}, pod: { state: ended(0, DUMPED) }, says: /^succeeded dump$/ },
    { why: 'success counts even if the Job ran into its deadline after it', job: DEADLINE, pod: { state: ended(0, DUMPED) }, says: /^succeeded dump$/ },
    { why: 'a failure counts before the Job is marked', job: {}, pod: { state: ended(10, failure) }, says: /^failed ServerUnreachable: connection refused$/ },
    { why: 'a failure counts more than the reason of the Job', job: FAILED, pod: { state: ended(10, failure) }, says: /^failed ServerUnreachable/ },
    { why: 'out of memory counts more than what the runner makes of its killed tool', job: FAILED, pod: { state: ended(20, failure, 'OOMKilled') }, says: /^failed OutOfMemory/ },
    { why: 'out of memory counts when the runner itself was killed', job: FAILED, pod: { state: ended(137, undefined, 'OOMKilled') }, says: /^failed OutOfMemory/ },
    { why: 'but a success is one, although a child was killed', job: COMPLETE, pod: { state: ended(0, DUMPED, 'OOMKilled') }, says: /^succeeded dump$/ },
    { why: 'told to stop because its time was over, it ran out of time', job: DEADLINE, pod: { state: ended(143, { ...failure, reason: 'Cancelled' }) }, says: /^failed DeadlineExceeded: The run did not end within 3600 s$/ },
    { why: 'and so it did before its Job is Failed, since Kubernetes 1.31', job: { conditions: [{ type: 'FailureTarget', reason: 'DeadlineExceeded' }] }, pod: { state: ended(143, { ...failure, reason: 'Cancelled' }) }, says: /^failed DeadlineExceeded/ },
    { why: 'a success with a failing exit code is not believed', job: FAILED, pod: { state: ended(1, DUMPED) }, says: /^failed ResultMissing: .*exit code 1/ },
  ])('$why', ({ job, pod, says }) => {
    expect(wordsOf(job, [aPod(pod)])).toMatch(says);
  });
});

describe('a run that left no result', () => {
  test.each<{ why: string; job: JobParts; pods: PodParts[]; says: RegExp }>([
    { why: 'and no pod, although its Job is complete', job: COMPLETE, pods: [], says: /^failed ResultMissing: Job nightly-bbbbbbbb-1 is complete/ },
    { why: 'but ended well, is not Completed without its numbers', job: COMPLETE, pods: [{ state: ended(0) }], says: /^failed ResultMissing/ },
    { why: 'and ended with an error', job: FAILED, pods: [{ state: ended(1) }], says: /^failed ResultMissing: .*exit code 1 \(Error\)/ },
    { why: 'but some text that is none', job: FAILED, pods: [{ state: ended(1, 'panic') }], says: /^failed ResultMissing/ },
    { why: 'but one that was cut off', job: FAILED, pods: [{ state: ended(1, JSON.stringify(DUMPED).slice(0, 80)) }], says: /^failed ResultMissing/ },
    { why: 'in time', job: DEADLINE, pods: [], says: /^failed DeadlineExceeded: The run did not end within 3600 s/ },
    { why: 'because its pod was deleted', job: FAILED, pods: [], says: /^failed PodLost: .*deleted/ },
    { why: 'because its node went away', job: FAILED, pods: [{ state: { running: {} }, status: { phase: 'Failed', reason: 'NodeLost' } }], says: /^failed PodLost: .*went away/ },
    { why: 'because it was evicted', job: FAILED, pods: [{ status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory' } }], says: /^failed Evicted: The node was low on memory$/ },
  ])('$why', ({ job, pods, says }) => {
    expect(wordsOf(job, pods.map(aPod))).toMatch(says);
  });

  test.each([FAILED, DEADLINE])('is not given up while its pod works: Kubernetes before 1.31 marks the Job first', (job) => {
    expect(wordsOf(job, [aPod({ state: { running: {} } })])).toBe('running: Job nightly-bbbbbbbb-1 has failed; its pod is being stopped');
  });

  test('is not given up before its Job is marked: the Job controller may be a moment behind', () => {
    expect(wordsOf({}, [aPod({ state: ended(1) })])).toMatch(/^running/);
    expect(wordsOf({}, [])).toMatch(/^running/);
  });
});

describe('what the runner says of another attempt', () => {
  test.each([
    { why: 'is passed on', state: ended(10, failure), retryable: true },
    { why: 'is passed on when it is no', state: ended(20, { ...failure, retryable: false }), retryable: false },
    { why: 'is no when a tool of it ran out of memory', state: ended(10, failure, 'OOMKilled'), retryable: false },
    { why: 'is unknown when it was killed itself', state: ended(137, undefined, 'OOMKilled'), retryable: undefined },
  ])('$why', ({ state, retryable }) => {
    expect(verdict(aJob(FAILED), [aPod({ state })], now)).toMatchObject({ state: 'failed', told: true, ...(retryable !== undefined && { retryable }) });
    if (retryable === undefined) expect(verdict(aJob(FAILED), [aPod({ state })], now)).not.toHaveProperty('retryable');
  });
});

test('a runner that left no result is given up, although another container keeps its Job alive', () => {
  const state = (finishedAt: string): ContainerState => ({ terminated: { exitCode: 1, finishedAt } });
  expect(wordsOf({}, [aPod({ state: state('2026-01-02T03:03:36Z') })])).toMatch(/^running/);
  expect(wordsOf({}, [aPod({ state: state('2026-01-02T03:03:35Z') })])).toMatch(/^failed ResultMissing: .*exit code 1/);
});

describe('a run whose Job was deleted', () => {
  test.each<{ why: string; pods: PodParts[]; says: string | RegExp }>([
    { why: 'is lost with its pod', pods: [], says: /^failed JobLost: Job nightly-bbbbbbbb-1 was deleted before its result was known$/ },
    { why: 'is lost with a pod that says nothing', pods: [{ state: ended(137) }], says: /^failed JobLost/ },
    { why: 'is not given up while its pod works: it may publish until it is stopped', pods: [{ state: { running: {} } }], says: /^running: Job nightly-bbbbbbbb-1 was deleted; its pod is being stopped$/ },
    { why: 'is told by its runner that was stopped', pods: [{ state: ended(143, { ...failure, reason: 'Cancelled' }) }], says: /^failed Cancelled/ },
    { why: 'has succeeded if its runner was done before', pods: [{ state: ended(0, DUMPED) }], says: /^succeeded dump$/ },
  ])('$why', ({ pods, says }) => {
    expect(inWords(verdictWithoutJob('nightly-bbbbbbbb-1', pods.map(aPod)))).toMatch(says);
  });
});

describe('a pod that does not start', () => {
  const waiting = (reason: string): APod => aPod({ state: { waiting: { reason, message: 'secret "orders-internal" not found' } } });

  test.each([
    { why: 'is at work while its container is being created', pods: [waiting('ContainerCreating')], says: 'running: Job nightly-bbbbbbbb-1 is at work' },
    { why: 'is told with its own reason', pods: [waiting('ErrImagePull')], says: 'running: Job nightly-bbbbbbbb-1 waits for its pod to start: ErrImagePull: secret "orders-internal" not found' },
  ])('$why', ({ pods, says }) => {
    expect(wordsOf({}, pods)).toBe(says);
  });

  const created = Date.parse('2026-01-02T03:03:00Z');
  test.each<{ why: string; pods: APod[]; at: number; says: RegExp }>([
    { why: 'is given up after 15 minutes', pods: [waiting('ErrImagePull')], at: START_DEADLINE_MS + 1, says: /^stuck PodNotStarted: .*ErrImagePull.*15 minutes/ },
    { why: 'is given up after 15 minutes even if there is no pod at all', pods: [], at: START_DEADLINE_MS + 1, says: /^stuck PodNotStarted/ },
    { why: 'is not given up before', pods: [waiting('ErrImagePull')], at: START_DEADLINE_MS, says: /^running/ },
    { why: 'is no matter once it runs, however long', pods: [aPod({ state: { running: {} } })], at: START_DEADLINE_MS * 20, says: /^running: .*at work/ },
  ])('$why', ({ pods, at, says }) => {
    expect(wordsOf({}, pods, created + at)).toMatch(says);
  });
});

test('of several pods of a Job, the newest counts', () => {
  const old = aPod({ metadata: { creationTimestamp: '2026-01-02T03:03:00Z' }, state: ended(10, failure) });
  const young = aPod({ metadata: { creationTimestamp: '2026-01-02T03:03:30Z' }, state: ended(0, DUMPED) });
  for (const pods of [[old, young], [young, old]]) expect(wordsOf({}, pods)).toBe('succeeded dump');
});

test('a container that somebody added to the pod does not speak for the runner', () => {
  const pod = aPod({ state: ended(0, DUMPED) });
  const injected = { name: 'a-proxy', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } };
  expect(wordsOf({}, [{ ...pod, status: { containerStatuses: [injected, ...(pod.status?.containerStatuses ?? [])] } }])).toBe('succeeded dump');
});

test('every reason for a lost run can be told', () => {
  // A reason that is added belongs into the tables above.
  expect(Object.values(LostReason).sort()).toEqual(['DeadlineExceeded', 'Evicted', 'JobLost', 'OutOfMemory', 'PodLost', 'PodNotStarted', 'ResultMissing']);
});
