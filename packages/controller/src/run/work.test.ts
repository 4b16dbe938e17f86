import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, aRestore, ended, type AJob, type APod } from '../../test/fixtures.ts';
import { workOfOthers } from './work.ts';
import { LABEL_RUN } from '@postgres-operator/api';

const self = aBackup();
const other = aRestore();
const job = aJob({ owner: other, uid: 'j' });
const labels = { ...job.metadata.labels, [LABEL_RUN]: 'restore' };
const pod = (parts: Parameters<typeof aPod>[0]): APod => aPod({ job, ...parts, metadata: { labels } });
const running = pod({ state: { running: {} } });
const complete = aJob({ owner: other, uid: 'j', conditions: [{ type: 'Failed', reason: 'DeadlineExceeded' }] });

describe('at work on a Database', () => {
  test.each<{ why: string; jobs?: AJob[]; pods?: APod[]; works: string[] }>([
    { why: 'nothing', works: [] },
    { why: 'a Job that has no pod yet', jobs: [job], works: ['Restore undo'] },
    { why: 'a Job with its pod, once', jobs: [job], pods: [running], works: ['Restore undo'] },
    { why: 'not a Job that has ended', jobs: [complete], works: [] },
    { why: 'not a Job whose pod has ended, a moment before it is marked', jobs: [job], pods: [pod({ state: ended(0) })], works: [] },
    { why: 'a pod whose Job was deleted', pods: [running], works: [`pod ${running.metadata.name}`] },
    { why: 'a pod whose Job ran into its deadline', jobs: [complete], pods: [running], works: [`pod ${running.metadata.name}`] },
    { why: 'not a pod whose runner has ended, whatever else is in it', jobs: [complete], pods: [pod({ state: ended(1), status: { phase: 'Running' } })], works: [] },
    { why: 'not a pod of a server', pods: [aPod({ state: { running: {} } })], works: [] },
    { why: 'not the own Job and pod', jobs: [aJob()], pods: [aPod({ state: { running: {} }, metadata: { labels } })], works: [] },
  ])('is $why', ({ jobs = [], pods = [], works }) => {
    expect(workOfOthers(self, jobs, pods)).toEqual(works);
  });
});
