import { expect, test } from 'vitest';
import { newestGood } from './standing.ts';
import type { Backup } from './v1/backup.ts';

const run = (name: string, backupTime: string, phase: 'Completed' | 'Failed' = 'Completed'): Backup => ({
  apiVersion: 'database.example.com/v1',
  kind: 'Backup',
  metadata: { name, namespace: 'demo', uid: name, resourceVersion: '1' },
  spec: { databaseRef: { name: 'shop' } } as Backup['spec'],
  status: { phase, backupTime: `2026-01-02T${backupTime}Z` },
});

test.each([
  { why: 'the one that was completed last', runs: [run('b', '03:00:00'), run('a', '04:00:00')], newest: 'a' },
  { why: 'of two of one second the one of the later name', runs: [run('n-2', '03:00:00'), run('n-1', '03:00:00')], newest: 'n-2' },
  { why: 'in whatever order they are', runs: [run('n-1', '03:00:00'), run('n-2', '03:00:00')], newest: 'n-2' },
  { why: 'not one that failed', runs: [run('a', '03:00:00'), run('b', '04:00:00', 'Failed')], newest: 'a' },
  { why: 'none of none', runs: [], newest: undefined },
])('the newest good Backup is $why', ({ runs, newest }) => expect(newestGood(runs)?.metadata.name).toBe(newest));
