// What the model has found, each as the shortest story that shows it.
import type { Backup } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import { beforeAll, expect, test } from 'vitest';
import { RESOURCES, type Read } from '../../src/kube/resources.ts';
import { isCheck } from './runs-in-cluster.ts';
import { beginnings, calmDown } from './schedule.ts';
import { createBackup, createDatabase } from './user.ts';
import { World } from './world.ts';

let ready: World;
beforeAll(async () => {
  const [first] = await beginnings();
  ready = first ?? new World();
});

/** A world with a Backup whose Job was created, and whose status does not say so yet. */
async function started(name: string): Promise<World> {
  const world = new World({ from: ready });
  createBackup(world.api, name, 'a');
  for (const step of [/^hear backups/, /^reconcile backups/, /get backups/, /list jobs/, /list pods/, /create persistentvolumeclaims/, /create jobs/]) await world.take(step);
  return world;
}

/** Jobs of runs; checks are not what these stories are about. */
const runJobs = (world: World): Read<Job>[] => world.api.all(RESOURCES.jobs).filter((job) => !isCheck(job));
const backup = (world: World, name: string): Backup['status'] => world.api.find(RESOURCES.backups, name)?.status;
const reason = (world: World, name: string): string | undefined => backup(world, name)?.conditions?.find(({ type }) => type === 'BackupReady')?.reason;
const deleteJob = (world: World, name: RegExp): void => {
  const job = runJobs(world).find(({ metadata }) => name.test(metadata.name));
  if (job !== undefined) world.api.delete(RESOURCES.jobs, job.metadata, 'Background', 'user');
};
const deleteBackup = (world: World, name: string): void => {
  const found = world.api.find(RESOURCES.backups, name);
  if (found !== undefined) world.api.delete(RESOURCES.backups, found.metadata, 'Background', 'user');
};
const reconcileAll = (world: World): Promise<void> => world.take(/^(hear|reconcile|shop\/)/, true);

test('a result is not lost when the end of the Job is heard before the end of its pod', async () => {
  const world = await started('x');
  await reconcileAll(world);
  for (const step of [/creates its pod/, /pod x-.* starts/, /pod x-.* succeeds/, /Job x-.* ends/]) await world.take(step);
  await world.take(/^hear jobs/, true);
  await world.take(/^(reconcile backups|shop\/x)/, true);
  expect(backup(world, 'x')?.phase).toBe('Completed');
});

test('the Job of a Backup that was deleted is still at work', async () => {
  const world = await started('x');
  for (const step of [/creates its pod/, /pod x-.* starts/]) await world.take(step);
  deleteBackup(world, 'x');
  createBackup(world.api, 'y', 'a');
  await reconcileAll(world);
  expect(reason(world, 'y')).toBe('WaitingForTurn');
  await calmDown(world);
  expect(backup(world, 'y')?.phase).toBe('Completed');
});

test('the pod of a Job that was deleted is still at work, also for the Backup whose Job it was', async () => {
  const world = await started('x');
  for (const step of [/creates its pod/, /pod x-.* starts/]) await world.take(step);
  deleteJob(world, /^x-/);
  world.clock.advance(16 * 60_000);
  await reconcileAll(world);
  expect(backup(world, 'x')).toMatchObject({ phase: 'Pending' });
  expect(reason(world, 'x')).toBe('WaitingForTurn');
});

test('a run whose pod does not start is Failed when the pod is gone, not before: it might succeed after all', async () => {
  const world = await started('x');
  await reconcileAll(world);
  await world.take(/creates its pod/);
  world.clock.advance(16 * 60_000);
  await reconcileAll(world);
  expect(backup(world, 'x')?.phase).toBe('InProgress');
  expect(runJobs(world)[0]?.metadata.deletionTimestamp).toBeDefined();
  for (const step of [/^collect pods x-/, /pod x-.* has no Job any more/, /pod x-.* never starts/]) await world.take(step);
  await calmDown(world);
  expect(backup(world, 'x')).toMatchObject({ phase: 'Failed', conditions: [{}, {}, { type: 'Stalled', reason: 'PodNotStarted' }] });
  expect(runJobs(world)).toEqual([]);
});

test('two runs that are about to start at the same moment do not both start', async () => {
  const world = new World({ from: ready });
  createBackup(world.api, 'x', 'a');
  for (const step of [/^hear backups/, /^reconcile backups/, /shop\/x: get backups/, /shop\/x: list jobs/, /shop\/x: list pods/]) await world.take(step);
  createBackup(world.api, 'y', 'a');
  deleteBackup(world, 'x');
  await world.take(/^hear backups/, true);
  await world.take(/^(reconcile backups|shop\/y)/, true);
  expect(runJobs(world)).toEqual([]);
  await calmDown(world);
  expect(backup(world, 'y')?.phase).toBe('Completed');
});

test('a Database goes after a child that it made without hearing the answer', async () => {
  const world = new World();
  createDatabase(world.api, 'a');
  while (world.api.find(RESOURCES.statefulSets, 'a') === undefined) {
    await world.take(/^(hear databases|hear configMaps|reconcile databases|shop\/a: (?!apply {2}statefulsets))/).catch(() => world.loseAnswers());
  }
  const database = world.api.find(RESOURCES.databases, 'a');
  if (database !== undefined) world.api.delete(RESOURCES.databases, database.metadata, 'Background', 'user');
  await world.take(/^hear databases/, true);
  await calmDown(world);
  expect(world.api.find(RESOURCES.databases, 'a')).toBeUndefined();
});
