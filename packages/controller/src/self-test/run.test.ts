import { describe, expect, test } from 'vitest';
import { FakeKube } from '../../test/fake-kube.ts';
import type { Kube, Writable } from '../kube/client.ts';
import { RESOURCES, type ResourceType } from '../kube/resources.ts';
import type { Clock } from '../runtime/clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { selfTest } from './run.ts';
import { readSelfTestSettings } from './settings.ts';

const { signal } = new AbortController();

/** Time passes by a second whenever somebody looks, and nobody waits for it. */
function hastyClock(): Clock {
  let now = 0;
  return { now: () => (now += 1000), after: (_ms, callback) => (queueMicrotask(callback), () => undefined) };
}

/** Runs it where an operator gives objects this status as soon as they are created. */
async function tried(statuses: Readonly<Record<string, object>>): Promise<{ kube: FakeKube; error: string; lines: string[] }> {
  const kube = new FakeKube();
  const lines: string[] = [];
  const played: Pick<Kube, 'create' | 'get' | 'delete'> = {
    get: (resource, key) => kube.get(resource, key),
    delete: (resource, target, policy) => kube.delete(resource, target, policy),
    create: <T>(resource: ResourceType<T>, object: Writable) => kube.create(resource, { ...object, status: statuses[object.kind] } as Writable),
  };
  kube.put(RESOURCES.claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { namespace: 'shop', name: 'test-backups' } });
  const settings = { namespace: 'shop', postgresImage: 'postgres:16', stepMs: 60_000 };
  const error = await selfTest({ kube: played, clock: hastyClock(), log: createLogger('info', (line) => void lines.push(line)), settings, name: 'test' }, signal).then(
    () => '',
    (thrown: unknown) => String(thrown),
  );
  return { kube, error, lines };
}

const GOOD = { Database: { phase: 'Ready' }, Backup: { phase: 'Completed' }, Restore: { phase: 'Completed' } };
const changes = ({ calls }: FakeKube): string[] => calls.filter((call) => /^(create|delete)/.test(call)).map((call) => call.split(' ').slice(0, 2).join(' '));

describe('the test of an installation', () => {
  test('creates a Database, a Backup and a Restore, one after the other, and removes all that is left of them', async () => {
    const { kube, error, lines } = await tried(GOOD);
    expect(error).toBe('');
    expect(changes(kube)).toEqual(['create databases', 'create backups', 'create restores', 'delete restores', 'delete backups', 'delete databases', 'delete persistentvolumeclaims']);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['Database Ready', 'Backup Completed', 'Restore Completed']);
  });

  test('leaves no data behind: neither the volume of the Database nor the stored backup', async () => {
    const { kube } = await tried(GOOD);
    expect(kube.bodies).toMatchObject([{ spec: { deletionPolicy: 'Delete' } }, { spec: { deletionPolicy: 'Delete' } }, {}]);
  });

  test('ends with what the object itself says when a step fails, and removes what is there', async () => {
    const conditions = [{ type: 'Stalled', status: 'True', reason: 'StorageFull', message: 'no room' }];
    const { kube, error } = await tried({ ...GOOD, Backup: { phase: 'Failed', conditions } });
    expect(error).toMatch(/Backup shop\/test is Failed after \d+ s; Stalled is True \(StorageFull: no room\)/);
    expect(changes(kube)).toEqual(['create databases', 'create backups', 'delete backups', 'delete databases', 'delete persistentvolumeclaims']);
  });

  test.each([
    ['by any operator', undefined, /Database shop\/test is not noticed by any operator after 6\d s/],
    ['and does not get ready', { phase: 'Deploying' }, /Database shop\/test is Deploying after 6\d s/],
  ])('does not wait for ever for a Database that is not noticed %s', async (_what, status, words) => {
    const { error } = await tried({ Database: status ?? {} });
    expect(error).toMatch(words);
  });
});

test.each([
  [{ TEST_POSTGRES_IMAGE: 'p', TEST_TIMEOUT_SECONDS: '1' }, 'TEST_NAMESPACE is not set'],
  [{ TEST_NAMESPACE: 'n', TEST_TIMEOUT_SECONDS: '1' }, 'TEST_POSTGRES_IMAGE is not set'],
  [{ TEST_NAMESPACE: 'n', TEST_POSTGRES_IMAGE: 'p', TEST_TIMEOUT_SECONDS: 'soon' }, 'TEST_TIMEOUT_SECONDS is "soon"'],
])('settings %j are refused by name', (env, message) => {
  expect(() => readSelfTestSettings(env)).toThrow(message);
});
