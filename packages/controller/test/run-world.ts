// Worlds that decisions about a Backup or a Restore look at.
import type { Backup, Restore } from '@postgres-operator/api';
import { backupRun } from '../src/backup/kind.ts';
import type { BackupWorld } from '../src/backup/world.ts';
import { restoreRun } from '../src/restore/kind.ts';
import type { RestoreWorld } from '../src/restore/world.ts';
import type { BackupSource } from '../src/restore/source.ts';
import { aBackup, aDatabase, aRestore, COMPLETED_BACKUP, CONFIG, READY } from './fixtures.ts';

export const BACKUP = backupRun(CONFIG);
export const RESTORE = restoreRun(CONFIG);

/** Nothing is at work, and everything can be had. */
const AT_REST = { reachable: true, job: undefined, pods: [], rivals: [], atWork: [], lingering: [], certain: true } as const;

/** A world in which a Backup could start, apart from what `parts` say. */
export const aBackupWorld = (parts: Partial<BackupWorld> = {}): BackupWorld => ({
  object: aBackup(),
  database: aDatabase({ status: READY }),
  drill: { requests: {} },
  ...AT_REST,
  ...parts,
});

/** What a Restore of Backup `nightly` finds. */
export const ofBackup = (backup: Backup | undefined): BackupSource => ({ from: 'backup', name: 'nightly', named: backup, backup, others: [] });

/** A world in which a Restore could start, apart from what `parts` say. */
export const aRestoreWorld = (parts: Partial<RestoreWorld> = {}): RestoreWorld => ({
  object: aRestore(),
  database: aDatabase({ status: READY }),
  source: ofBackup(aBackup({ status: COMPLETED_BACKUP })),
  goingBack: [],
  ...AT_REST,
  ...parts,
});

/** The status that a run has while its Job is at work. */
export const AT_WORK: NonNullable<Backup['status'] & Restore['status']> = {
  phase: 'InProgress',
  startedAt: '2026-01-02T03:03:00Z',
  jobName: 'nightly-bbbbbbbb-1',
  jobUID: 'aaaaaaaa-0000-4000-8000-000000000000',
  observedGeneration: 1,
};
