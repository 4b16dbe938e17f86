import { expect, test } from 'vitest';
import { inTurns, ratio, type Effort } from './rounds.ts';

const effort = (seconds: number): Effort => ({ seconds, cpuSeconds: 1, megabytes: 1 });

test('contenders take turns, every other round backwards', async () => {
  const order: string[] = [];
  const contender = (name: string) => async (): Promise<Effort> => effort(order.push(name));
  const efforts = await inTurns(3, { a: contender('a'), b: contender('b') });
  expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
  expect(efforts.a.map(({ seconds }) => seconds)).toEqual([1, 4, 5]);
});

test('a ratio compares what ran in the same round, and one disturbed round does not change it', () => {
  const ours = [10, 20, 10].map(effort);
  const theirs = [20, 40, 1000].map(effort);
  expect(ratio(ours, theirs)).toBe(0.5);
});
