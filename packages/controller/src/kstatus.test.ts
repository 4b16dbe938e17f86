// Generic tools (kubectl wait --for=…, Argo CD, Flux) tell progress, success and failure apart by kstatus. These are its
// rules for any object (sigs.k8s.io/cli-utils, pkg/kstatus/status/generic.go), and our statuses judged by them.
import type { Condition, ObjectMeta } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { anEmptyWorld, aWorld } from '../test/database-world.ts';
import { aBackup, aDatabase, aJob, aPod, COMPLETED_BACKUP, DUMPED, ended } from '../test/fixtures.ts';
import { aBackupWorld, BACKUP } from '../test/run-world.ts';
import type { BackupWorld } from './backup/kind.ts';
import { decideDatabase } from './database/decide.ts';
import { decideRun } from './run/decide.ts';

type Kstatus = 'Terminating' | 'InProgress' | 'Failed' | 'Current';

interface Judged {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] } | undefined;
}

function kstatus({ metadata, status }: Judged): Kstatus {
  const is = (type: string, wanted: string): boolean => status?.conditions?.some((condition) => condition.type === type && condition.status === wanted) ?? false;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation) return 'InProgress';
  if (is('Reconciling', 'True')) return 'InProgress';
  if (is('Stalled', 'True')) return 'Failed';
  return is('Ready', 'False') || is('Ready', 'Unknown') ? 'InProgress' : 'Current';
}

const now = Date.parse('2026-01-02T03:04:05Z');

describe('kstatus judges a Backup', () => {
  const judge = (world: BackupWorld): Kstatus =>
    kstatus({ ...world.object, status: decideRun(BACKUP, world, now).status ?? world.object.status });
  const job = aJob({ owner: aBackup() });

  test('that waits as in progress', () => {
    expect(judge(aBackupWorld({ database: undefined }))).toBe('InProgress');
  });
  test('at work as in progress', () => {
    expect(judge(aBackupWorld({ job, pods: [aPod({ state: { running: {} } })] }))).toBe('InProgress');
  });
  test('between two attempts as in progress', () => {
    const again = ended(10, { v: 1, outcome: 'failed', reason: 'ServerUnreachable', message: 'no', retryable: true });
    const world = aBackupWorld({ object: aBackup({ spec: { backoffLimit: 1 } }), job, pods: [aPod({ state: again })] });
    const { status = {} } = decideRun(BACKUP, world, now);
    expect(judge(world)).toBe('InProgress');
    expect(judge(aBackupWorld({ object: aBackup({ spec: { backoffLimit: 1 }, status }) }))).toBe('InProgress');
  });
  test('that is Completed as current', () => {
    expect(judge(aBackupWorld({ job, pods: [aPod({ state: ended(0, DUMPED) })] }))).toBe('Current');
    expect(judge(aBackupWorld({ object: aBackup({ status: COMPLETED_BACKUP }) }))).toBe('Current');
  });
  test('that is Failed as failed', () => {
    expect(judge(aBackupWorld({ job, pods: [aPod({ state: ended(20, { v: 1, outcome: 'failed', reason: 'DumpFailed', message: 'no', retryable: false }) })] }))).toBe('Failed');
  });
});

describe('kstatus judges a Database', () => {
  const judge = (world: Parameters<typeof decideDatabase>[0]): Kstatus => kstatus({ ...world.database, status: decideDatabase(world, now).status });

  test('on its way as in progress', () => {
    expect(judge(anEmptyWorld(aDatabase({ status: { phase: 'Pending' } })))).toBe('InProgress');
  });
  test('that is Ready as current', () => {
    expect(judge(aWorld({ database: aDatabase({ status: { phase: 'Verifying' } }) }))).toBe('Current');
  });
  test('that is Failed as failed, and as in progress again when it goes on', () => {
    const invalid = aWorld({ database: aDatabase({ spec: { replicas: 99 } }) });
    expect(judge(invalid)).toBe('Failed');
    const { status = {} } = decideDatabase(invalid, now);
    expect(judge(aWorld({ database: aDatabase({ status }) }))).toBe('InProgress');
  });
});
