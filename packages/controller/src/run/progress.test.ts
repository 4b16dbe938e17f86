import type { Progress, RunProgress } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aPod, NOW, type PodParts } from '../../test/fixtures.ts';
import { AT_WORK } from '../../test/run-world.ts';
import { nextProgress, podToAsk } from './progress.ts';

const now = Date.parse(NOW);
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString().replace('.000', '');
const progress = (parts: Partial<Progress> = {}): Progress => ({ percent: 40, bytes: 4000, observedAt: ago(5), ...parts });
const running: PodParts = { state: { running: {} } };

describe('a runner is asked for its progress', () => {
  test.each<{ why: string; status: object; pod?: PodParts; asked: boolean }>([
    { why: '5 s after the start', status: { ...AT_WORK, startedAt: ago(5) }, pod: running, asked: true },
    { why: 'not before', status: { ...AT_WORK, startedAt: ago(4) }, pod: running, asked: false },
    { why: '5 s after the last time', status: { ...AT_WORK, startedAt: ago(60), progress: progress() }, pod: running, asked: true },
    { why: 'not before that', status: { ...AT_WORK, startedAt: ago(60), progress: progress({ observedAt: ago(4) }) }, pod: running, asked: false },
    { why: 'not when it has ended', status: { ...AT_WORK, startedAt: ago(60) }, pod: { state: { terminated: { exitCode: 0 } } }, asked: false },
    { why: 'not without a pod', status: { ...AT_WORK, startedAt: ago(60) }, asked: false },
    { why: 'not when the run is over', status: { ...AT_WORK, phase: 'Completed', startedAt: ago(60) }, pod: running, asked: false },
  ])('$why', ({ status, pod, asked }) => {
    expect(podToAsk(aBackup({ status }), pod === undefined ? [] : [aPod(pod)], now) !== undefined).toBe(asked);
  });
});

describe('the progress in status', () => {
  const seen = (parts: Partial<RunProgress> = {}): RunProgress => ({ time: NOW, percent: 50, bytes: 5000, ...parts });
  test.each<{ why: string; before?: Progress; seen?: RunProgress; after: Progress | undefined }>([
    { why: 'begins with what is seen first', seen: seen({ table: 'public.orders', secondsLeft: 10 }), after: { percent: 50, bytes: 5000, table: 'public.orders', estimatedCompletionTime: ago(-10), observedAt: ago(0) } },
    { why: 'follows', before: progress({ table: 'public.orders' }), seen: seen(), after: { percent: 50, bytes: 5000, observedAt: ago(0) } },
    { why: 'stays when nothing was said', before: progress(), after: progress() },
    { why: 'stays when nothing has moved, so that nothing is written', before: progress({ percent: 50, bytes: 5000 }), seen: seen(), after: progress({ percent: 50, bytes: 5000 }) },
    { why: 'never goes back', before: progress({ percent: 60, bytes: 6000 }), seen: seen(), after: progress({ percent: 60, bytes: 6000 }) },
    { why: 'keeps its percentage when only the bytes grew', before: progress({ percent: 60 }), seen: seen(), after: { percent: 60, bytes: 5000, observedAt: ago(0) } },
    { why: 'is none without any', after: undefined },
  ])('$why', ({ before, seen: said, after }) => {
    expect(nextProgress(before, said, now)).toEqual(after);
  });
});
