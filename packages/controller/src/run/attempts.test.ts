import { LostReason } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aJob, NOW, type AJob } from '../../test/fixtures.ts';
import { AT_WORK } from '../../test/run-world.ts';
import { isUnresolved, mayGoOn, mayPass, pauseAfter, pauseLeft } from './attempts.ts';
import type { Failed } from './verdict.ts';

const lost = (reason: string): Failed => ({ state: 'failed', reason, message: '', told: false });
const told = (reason: string, retryable?: boolean): Failed => ({ ...lost(reason), told: true, ...(retryable !== undefined && { retryable }) });

describe('after a failure', () => {
  test.each<{ failure: Failed; why: string; again: boolean; unresolved: boolean }>([
    { failure: told('ServerUnreachable', true), why: 'which the runner says may pass', again: true, unresolved: false },
    { failure: told('Cancelled', true), why: 'of a runner that was told to stop', again: true, unresolved: false },
    { failure: told('StorageFull', false), why: 'which the runner says will not pass', again: false, unresolved: false },
    { failure: told(LostReason.OutOfMemory, false), why: 'of a tool, told by its runner', again: false, unresolved: false },
    { failure: told(LostReason.OutOfMemory), why: 'of the runner itself', again: false, unresolved: true },
    { failure: lost(LostReason.PodLost), why: 'with the pod gone', again: true, unresolved: true },
    { failure: lost(LostReason.Evicted), why: 'for want of room on the node', again: true, unresolved: true },
    { failure: lost(LostReason.ResultMissing), why: 'without a result', again: true, unresolved: true },
    { failure: lost(LostReason.JobLost), why: 'with the Job gone', again: false, unresolved: true },
    { failure: lost(LostReason.DeadlineExceeded), why: 'for want of time', again: false, unresolved: false },
    { failure: lost(LostReason.PodNotStarted), why: 'before the start', again: false, unresolved: false },
  ])('$failure.reason $why: a Backup is tried again: $again, a Restore looks at the server: $unresolved', ({ failure, again, unresolved }) => {
    expect([mayPass(failure), isUnresolved(failure)]).toEqual([again, unresolved]);
  });

  const started = aBackup({ status: AT_WORK });
  test.each<{ why: string; run?: ReturnType<typeof aBackup>; job: AJob | undefined; goesOn: boolean }>([
    { why: 'goes on with its Job there', job: aJob(), goesOn: true },
    { why: 'goes on although its status does not name the Job yet', run: aBackup({ metadata: { generation: 2 }, status: { phase: 'Pending', observedGeneration: 1 } }), job: aJob(), goesOn: true },
    { why: 'ends when its Job was deleted', job: undefined, goesOn: false },
    { why: 'ends when its Job is being deleted', job: aJob({ metadata: { deletionTimestamp: NOW } }), goesOn: false },
    { why: 'ends when its spec was edited after the start', run: aBackup({ metadata: { generation: 2 }, status: AT_WORK }), job: aJob(), goesOn: false },
  ])('a run $why', ({ run = started, job, goesOn }) => {
    expect(mayGoOn(run, job)).toBe(goesOn);
  });
});

test('the pause doubles, up to six minutes', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 10].map((attempt) => pauseAfter(attempt) / 1000)).toEqual([10, 20, 40, 80, 160, 320, 360, 360]);
});

test.each([
  { nextAttemptTime: undefined, left: 0 },
  { nextAttemptTime: '2026-01-02T03:04:15Z', left: 10_000 },
  { nextAttemptTime: NOW, left: 0 },
  { nextAttemptTime: '2026-01-02T03:04:00Z', left: 0 },
])('a run whose next attempt starts at $nextAttemptTime waits for $left ms', ({ nextAttemptTime, left }) => {
  expect(pauseLeft(aBackup({ status: { phase: 'InProgress', ...(nextAttemptTime && { nextAttemptTime }) } }), Date.parse(NOW))).toBe(left);
});
