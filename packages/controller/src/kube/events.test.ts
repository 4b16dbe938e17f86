import { expect, test } from 'vitest';
import { aDatabase } from '../../test/fixtures.ts';
import type { Kube } from './client.ts';
import { eventRecorder } from './events.ts';

test.each([
  { how: 'stored', answer: () => undefined, told: ['answered'] },
  { how: 'refused', answer: () => Promise.reject(new Error('refused')), told: ['answered', 'refused'] },
])('who stops waits for an event that is under way until it is $how', async ({ answer, told }) => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const heard: string[] = [];
  const kube = { create: () => asked.then(() => (heard.push('answered'), answer())) } as unknown as Kube;
  const events = eventRecorder(kube, { apiVersion: 'v1', instance: 'controller-0', onError: (error) => heard.push((error as Error).message) });
  await events.sent();
  events.record({ regarding: aDatabase(), type: 'Normal', reason: 'Ready', action: 'Ready', note: '' });
  const sent = events.sent().then(() => [...heard]);
  resolve();
  expect(await sent).toEqual(told);
});
