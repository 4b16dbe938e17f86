import { describe, expect, test } from 'vitest';
import { stopSeconds } from './stop-time.ts';

describe('a server gets to stop', () => {
  test.each<[string, Readonly<Record<string, string>> | undefined, number]>([
    ['a minute, when nothing is said about its buffers', undefined, 60],
    ['a minute, when they are small', { shared_buffers: '512MB' }, 60],
    ['a second for each 32 MiB of them', { shared_buffers: '4GB' }, 128],
    ['the same, whatever the unit', { shared_buffers: ' 4096 MB ' }, 128],
    ['the same, in parts of a unit', { shared_buffers: '2.5GB' }, 80],
    ['the same, in blocks of 8 kB', { shared_buffers: '524288' }, 128],
    ['half an hour at most', { shared_buffers: '1TB' }, 1800],
    ['a minute, when PostgreSQL would not take what is said', { shared_buffers: '4gigs' }, 60],
    ['a minute, whatever else is set', { work_mem: '4GB' }, 60],
  ])('%s', (_why, parameters, seconds) => {
    expect(stopSeconds(parameters)).toBe(seconds);
  });
});
