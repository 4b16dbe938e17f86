import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { identify, isAlive, kill } from './process.ts';

test('a process is known by its number and its start', () => {
  const own = identify(process.pid);
  expect(isAlive(own)).toBe(true);
  expect(isAlive({ pid: process.pid, started: 'another boot:1' })).toBe(false);
  expect(identify(0)).toBeUndefined();
  expect(isAlive(undefined)).toBe(false);
});

test('kill waits for the end and spares a process that only has the same number', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid ?? 0);
  expect(await kill({ pid: child.pid ?? 0, started: 'another boot:1' })).toBe(true);
  expect(isAlive(identity)).toBe(true);
  expect(await kill(identity)).toBe(true);
  expect(isAlive(identity)).toBe(false);
});
