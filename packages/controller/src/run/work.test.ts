import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, aRestore, ended, type AJob, type APod } from '../../test/fixtures.ts';
import { lingeringOf, workAtHand } from './work.ts';
import { LABEL_RUN } from '@postgres-operator/api';

const self = aBackup();
const other = aRestore();
const labels = { ...aJob().metadata.labels, [LABEL_RUN]: 'restore' };
const runJob = (parts: Parameters<typeof aJob>[0] = {}): AJob => aJob({ ...parts, metadata: { labels } });
const job = runJob({ owner: other, uid: 'j' });
const pod = (parts: Parameters<typeof aPod>[0]): APod => aPod({ job, ...parts, metadata: { labels } });
const running = pod({ state: { running: {} } });
const complete = runJob({ owner: other, uid: 'j', conditions: [{ type: 'Failed', reason: 'DeadlineExceeded' }] });

describe('at work on a Database', () => {
  test.each<{ why: string; jobs?: AJob[]; pods?: APod[]; works: string[] }>([
    { why: 'nothing', works: [] },
    { why: 'a Job that has no pod yet', jobs: [job], works: ['Restore undo'] },
    { why: 'a Job with its pod, once', jobs: [job], pods: [running], works: ['Restore undo'] },
    { why: 'not a Job that has ended', jobs: [complete], works: [] },
    { why: 'not a Job whose pod has ended, a moment before it is marked', jobs: [job], pods: [pod({ state: ended(0) })], works: [] },
    { why: 'not a Job that is no run, such as a check or a trial of parameters', jobs: [aJob({ owner: other, uid: 'j' })], pods: [aPod({ state: { running: {} } })], works: [] },
    { why: 'a pod whose Job was deleted', pods: [running], works: [`pod ${running.metadata.name}`] },
    { why: 'a pod whose Job ran into its deadline', jobs: [complete], pods: [running], works: [`pod ${running.metadata.name}`] },
    { why: 'not a pod whose runner has ended, whatever else is in it', jobs: [complete], pods: [pod({ state: ended(1), status: { phase: 'Running' } })], works: [] },
    { why: 'not a pod of a server', pods: [aPod({ state: { running: {} } })], works: [] },
    { why: 'an earlier Job of its own', jobs: [runJob()], works: ['Job nightly-bbbbbbbb-1'] },
    { why: 'the pod of an earlier Job of its own that has failed', jobs: [runJob({ conditions: [{ type: 'Failed' }] })], pods: [aPod({ state: { running: {} }, metadata: { labels } })], works: ['pod nightly-bbbbbbbb-1-x7k2p'] },
    { why: 'not an earlier Job of its own that is over', jobs: [runJob({ conditions: [{ type: 'Failed' }] })], pods: [aPod({ state: ended(1), metadata: { labels } })], works: [] },
  ])('is $why', ({ jobs = [], pods = [], works }) => {
    expect(workAtHand(self, jobs, pods)).toEqual(works);
  });
});

describe('a Job lingers', () => {
  const stopped = { terminated: { exitCode: 0, finishedAt: '2026-01-02T03:03:20Z' } };
  test.each<{ why: string; job?: AJob; pod: APod; lingers: boolean }>([
    { why: 'when its runner has ended and another container goes on', pod: pod({ state: stopped, status: { phase: 'Running' } }), lingers: true },
    { why: 'not when its pod has ended', pod: pod({ state: stopped, status: { phase: 'Succeeded' } }), lingers: false },
    { why: 'not while its runner works', pod: pod({ state: { running: {} }, status: { phase: 'Running' } }), lingers: false },
    { why: 'not when it has ended', job: complete, pod: pod({ state: stopped, status: { phase: 'Running' } }), lingers: false },
    { why: 'not when it is being deleted', job: { ...job, metadata: { ...job.metadata, deletionTimestamp: '2026-01-02T03:03:30Z' } }, pod: pod({ state: stopped, status: { phase: 'Running' } }), lingers: false },
  ])('$why', ({ job: one = job, pod: its, lingers }) => {
    expect(lingeringOf([one], () => [its])).toEqual(lingers ? [{ job: one, since: Date.parse('2026-01-02T03:03:20Z') }] : []);
  });
});
