import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inParallel } from './parallel.ts';

it('runs all tasks, never more than the limit at once', async () => {
  let running = 0;
  let most = 0;
  let done = 0;
  const task = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await sleep(1);
    running--;
    done++;
  };
  await inParallel(2, Array.from({ length: 7 }, () => task));
  expect({ most, done }).toEqual({ most: 2, done: 7 });
});

it('starts nothing more after a failure, and waits for what is under way', async () => {
  const ended: string[] = [];
  const tasks = [
    async (): Promise<void> => {
      await sleep(10);
      ended.push('slow');
    },
    () => Promise.reject(new Error('broken')),
    async (): Promise<void> => {
      ended.push('never');
    },
  ];
  await expect(inParallel(2, tasks)).rejects.toThrow('broken');
  expect(ended).toEqual(['slow']);
});
