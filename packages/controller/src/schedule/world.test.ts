import { LABEL_SCHEDULE, LABEL_SCHEDULE_UID, type Restore } from '@postgres-operator/api';
import { expect, test } from 'vitest';
import { aBackup, aRestore, COMPLETED_BACKUP, NOW } from '../../test/fixtures.ts';
import { createCaches } from '../reconcile/caches.ts';
import { observeSchedule } from './world.ts';

const schedule = aBackup({ spec: { schedule: '@daily' } });
const aRun = (name: string, uid = schedule.metadata.uid): ReturnType<typeof aBackup> => aBackup({ metadata: { name, uid: name, labels: { [LABEL_SCHEDULE]: 'nightly', [LABEL_SCHEDULE_UID]: uid } }, status: COMPLETED_BACKUP });
const reading = (name: string, phase: 'InProgress' | 'Completed' = 'InProgress'): Restore => aRestore({ spec: { backupRef: { name } }, status: { phase } });

test.each<{ why: string; restores: Restore[]; inUse: string[] }>([
  { why: 'nobody', restores: [], inUse: [] },
  { why: 'a Restore that names one of them', restores: [reading('monday')], inUse: ['monday'] },
  { why: 'a Restore that has ended', restores: [reading('monday', 'Completed')], inUse: [] },
  { why: 'a Restore that names the schedule, and may be reading any of them', restores: [reading('nightly')], inUse: ['monday', 'tuesday'] },
])('runs of a schedule are in use by $why', ({ restores, inUse }) => {
  const caches = createCaches();
  for (const backup of [schedule, aRun('monday'), aRun('tuesday'), aRun('of-another', 'another')]) caches.backups.upsert(backup);
  for (const restore of restores) caches.restores.upsert(restore);
  const world = observeSchedule(caches, schedule);
  expect([...world.inUse].sort()).toEqual(inUse);
  expect(world.runs.map(({ metadata }) => metadata.name).sort()).toEqual(['monday', 'tuesday']);
});

test('a run that is being deleted is none any more', () => {
  const caches = createCaches();
  const run = aRun('monday');
  caches.backups.upsert({ ...run, metadata: { ...run.metadata, deletionTimestamp: NOW } });
  expect(observeSchedule(caches, schedule).runs).toEqual([]);
});
