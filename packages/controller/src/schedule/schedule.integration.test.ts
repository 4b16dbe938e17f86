// Schedules and the deletion of Backups against a real API server, with the chart's RBAC rules.
import { ANNOTATION_RUN_NOW, BACKUP_FINALIZER, type Backup } from '@postgres-operator/api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DUMPED, ended } from '../../test/fixtures.ts';
import { PATIENCE_MS, backupManifest, databaseManifest, inPhase, reasonOf, startWorld, withSpec, type RunningOperator, type World } from '../../test/operator-world.ts';
import { RESOURCES } from '../kube/resources.ts';

let world: World;
let running: RunningOperator;

/** Stored in the claim that the operator makes. */
const STORED = { ...DUMPED, location: 'pvc://shop-backups/default/shop/x' };
const REMOVED = { v: 1, outcome: 'succeeded', command: 'discard', found: 'removed', startedAt: '2026-01-02T03:03:10Z', finishedAt: '2026-01-02T03:03:20Z' };

beforeAll(async () => {
  world = await startWorld();
  running = await world.startOperator();
  await world.create(databaseManifest('shop'));
  await world.play('shop', { running: { startedAt: '2026-01-02T03:04:05Z' } });
  await world.until(RESOURCES.databases, 'shop', inPhase('Ready'));
});
afterAll(async () => {
  await running.stop();
  await world.stop();
});

/** Lets a Backup succeed. */
async function completed(name: string): Promise<Backup> {
  const { status } = await world.until(RESOURCES.backups, name, inPhase('InProgress'));
  await world.play(status?.jobName ?? '', ended(0, STORED));
  return world.until(RESOURCES.backups, name, inPhase('Completed'));
}

/** Lets the Job that deletes a Backup's data succeed, and waits for the end of the Backup. */
async function deleted({ metadata: { name, uid } }: Backup): Promise<void> {
  await world.play(`${name}-${uid.slice(0, 8)}-delete-1`, ended(0, REMOVED));
  await vi.waitFor(async () => expect(await world.find(RESOURCES.backups, name)).toBeUndefined(), { timeout: PATIENCE_MS, interval: 50 });
}

test('a schedule runs when it is asked, and what retention does not want goes with its data', async () => {
  await world.create(withSpec(backupManifest('asked', 'shop'), { schedule: '0 0 1 1 *', suspend: true, retention: 1 }));
  await world.until(RESOURCES.backups, 'asked', (schedule) => reasonOf(schedule, 'Scheduled') === 'Suspended');
  const runNow = async (value: string): Promise<Backup> => {
    await world.kubectl(['annotate', '--overwrite', 'backup', 'asked', `${ANNOTATION_RUN_NOW}=${value}`]);
    const { status } = await world.until(RESOURCES.backups, 'asked', (schedule) => schedule.status?.runNow?.value === value && schedule.status.runNow.run !== undefined);
    return completed(status?.runNow?.run ?? '');
  };
  const first = await runNow('first');
  const second = await runNow('second');
  const told = await world.until(RESOURCES.backups, 'asked', ({ status }) => status?.deletingNext !== undefined);
  expect(told.status).toMatchObject({ phase: 'Completed', backupCount: 2, newestGood: second.metadata.name, deletingNext: [{ name: first.metadata.name }] });
  await vi.waitFor(async () => expect((await world.find(RESOURCES.backups, first.metadata.name))?.metadata.deletionTimestamp).toBeDefined(), { timeout: 120_000, interval: 200 });
  await deleted(first);
  await world.until(RESOURCES.backups, 'asked', ({ status }) => status?.backupCount === 1 && status.deletingNext === undefined);
});

test('a schedule that is deleted leaves its runs', async () => {
  const { status } = await world.until(RESOURCES.backups, 'asked', inPhase('Completed'));
  await world.remove('backup', 'asked');
  await vi.waitFor(async () => expect(await world.find(RESOURCES.backups, 'asked')).toBeUndefined(), { timeout: PATIENCE_MS, interval: 50 });
  expect(await world.find(RESOURCES.backups, status?.newestGood ?? '')).toMatchObject({ status: { phase: 'Completed' } });
});

test.each([
  { how: 'in the background', propagation: 'background' },
  { how: 'in the foreground', propagation: 'foreground' },
])('a Backup with deletionPolicy Delete that is deleted $how takes its data with it', async ({ propagation }) => {
  await world.create(withSpec(backupManifest(`gone-${propagation}`, 'shop'), { deletionPolicy: 'Delete' }));
  const backup = await completed(`gone-${propagation}`);
  expect(backup.metadata.finalizers).toContain(BACKUP_FINALIZER);
  await world.kubectl(['delete', 'backup', backup.metadata.name, '--wait=false', `--cascade=${propagation}`]);
  await deleted(backup);
});

test('a Backup that is edited to keep its data goes at once', async () => {
  await world.create(withSpec(backupManifest('kept', 'shop'), { deletionPolicy: 'Delete' }));
  await completed('kept');
  await world.kubectl(['patch', 'backup', 'kept', '--type=merge', '--patch', '{"spec":{"deletionPolicy":"Retain"}}']);
  await world.until(RESOURCES.backups, 'kept', ({ metadata }) => metadata.finalizers === undefined);
  await world.remove('backup', 'kept');
  await vi.waitFor(async () => expect(await world.find(RESOURCES.backups, 'kept')).toBeUndefined(), { timeout: PATIENCE_MS, interval: 50 });
});
