// What `helm test` does in its pod: a Database, a Backup of it, a Restore of that, as a user would create them; then all three go,
// with what is stored of them.
import { API_VERSION, childNames, type Backup, type Condition, type ObjectKey, type ObjectMeta } from '@postgres-operator/api';
import { deletionJobName } from '../backup/deletion/desired-job.ts';
import type { Kube, Writable } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { RESOURCES, type ResourceType } from '../kube/resources.ts';
import { sleep, type Clock } from '../runtime/clock.ts';
import { errorText, type Logger } from '../telemetry/logger.ts';
import type { SelfTestSettings } from './settings.ts';

export interface SelfTest {
  readonly kube: Pick<Kube, 'create' | 'get' | 'delete'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: SelfTestSettings;
  /** Name of all that is created: one that nobody has. */
  readonly name: string;
}

interface Seen {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

interface Step {
  readonly resource: ResourceType<Seen>;
  readonly spec: object;
  readonly wanted: string;
}

/** How often an object is looked at. */
const LOOK_MS = 500;

const stepsOf = (name: string, { postgresImage }: SelfTestSettings): Step[] => [
  { resource: RESOURCES.databases, wanted: 'Ready', spec: { image: postgresImage, databaseName: 'test', username: 'test', storage: { size: '1Gi' }, deletionPolicy: 'Delete' } },
  { resource: RESOURCES.backups, wanted: 'Completed', spec: { databaseRef: { name }, deletionPolicy: 'Delete' } },
  { resource: RESOURCES.restores, wanted: 'Completed', spec: { databaseRef: { name }, backupRef: { name } } },
];

/** Tries an installation. @throws Error that says which step came to what instead. */
export async function selfTest(test: SelfTest, signal: AbortSignal): Promise<void> {
  const steps = stepsOf(test.name, test.settings);
  try {
    for (const step of steps) await pass(test, step, signal);
  } finally {
    await cleanUp(test, signal);
  }
}

/** The Backup before its Database: its data is removed by a Job that mounts the Database's claim. That Job stays a while to be looked at, and so would the claim. */
async function cleanUp(test: SelfTest, signal: AbortSignal): Promise<void> {
  const { name } = test;
  await remove(test, { resource: RESOURCES.restores, name }, signal);
  const backup = await remove(test, { resource: RESOURCES.backups, name }, signal);
  if (backup !== undefined) await remove(test, { resource: RESOURCES.jobs as ResourceType<Seen>, name: deletionJobName(backup as Backup) }, signal);
  await remove(test, { resource: RESOURCES.databases, name }, signal);
  // Of nobody: backups outlive their Database.
  await remove(test, { resource: RESOURCES.claims as ResourceType<Seen>, name: childNames(name).backupClaim }, signal);
}

async function pass({ kube, clock, log, settings, name }: SelfTest, { resource, spec, wanted }: Step, signal: AbortSignal): Promise<void> {
  const key = { namespace: settings.namespace, name };
  const startedAt = clock.now();
  await kube.create(resource, { apiVersion: API_VERSION, kind: resource.kind, metadata: key, spec } as Writable, signal);
  for (;;) {
    const { status } = await kube.get(resource, key, signal);
    const seconds = Math.round((clock.now() - startedAt) / 1000);
    if (status?.phase === wanted) return log.info(`${resource.kind} ${wanted}`, { ...key, seconds });
    const isLate = clock.now() - startedAt > settings.stepMs;
    if (isLate || status?.phase === 'Failed') throw new Error(`${resource.kind} ${key.namespace}/${name} is ${status?.phase ?? 'not noticed by any operator'} after ${seconds} s${told(status?.conditions)}`);
    await sleep(clock, LOOK_MS, signal);
  }
}

const told = (conditions: readonly Condition[] = []): string => conditions.map(({ type, status, reason, message }) => `; ${type} is ${status} (${reason}: ${message})`).join('');

/** Deletes an object, waits until it is gone, and gives how it was last seen. What stays is named, and does not hide how the test went. */
async function remove({ kube, clock, log, settings }: SelfTest, { resource, name }: { resource: ResourceType<Seen>; name: string }, signal: AbortSignal): Promise<Seen | undefined> {
  const key: ObjectKey = { namespace: settings.namespace, name };
  const deadline = clock.now() + settings.stepMs;
  const look = async (): Promise<Seen | undefined> =>
    kube.get(resource, key, signal).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  let last: Seen | undefined;
  try {
    let seen = await look();
    if (seen !== undefined) await kube.delete(resource, { ...key, uid: seen.metadata.uid }, 'Background', signal);
    for (; seen !== undefined; seen = await look()) {
      last = seen;
      if (clock.now() > deadline) throw new Error(`it is still there after ${settings.stepMs / 1000} s`);
      await sleep(clock, LOOK_MS, signal);
    }
  } catch (error) {
    log.warn('Not removed: do it by hand', { kind: resource.kind, ...key, error: errorText(error) });
  }
  return last;
}
