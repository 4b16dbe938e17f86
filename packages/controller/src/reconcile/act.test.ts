import { ANNOTATION_PRUNED, BACKUP_FINALIZER } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { FakeKube } from '../../test/fake-kube.ts';
import { aBackup, aDatabase, aJob, CONFIG, live, NOW } from '../../test/fixtures.ts';
import { desiredBackupClaim, desiredBackupJob } from '../backup/desired-run.ts';
import { desiredConfigMap } from '../database/children/desired-config-map.ts';
import { desiredClone } from '../database/clone/desired-clone.ts';
import { credentialSecrets } from '../database/children/desired-secrets.ts';
import { desiredService } from '../database/children/desired-services.ts';
import type { Writable } from '../kube/client.ts';
import { KubeError } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import { marksOf } from '../retention/marks.ts';
import { desiredRun } from '../schedule/desired-run.ts';
import { TerminalError } from '../runtime/outcome.ts';
import { act, blockedBy, NameTakenError } from './act.ts';
import { createCaches, type Caches } from './caches.ts';
import type { Effect } from './plan.ts';

const setup = (): { kube: FakeKube; caches: Caches; run: (effect: Effect) => Promise<void> } => {
  const kube = new FakeKube();
  const caches = createCaches();
  return { kube, caches, run: (effect) => act({ kube, caches }, effect, new AbortController().signal) };
};
const service = desiredService(aDatabase());
const ensureService: Effect = { do: 'ensure', resource: 'services', object: service };
const createJob: Effect = { do: 'createJob', object: desiredBackupJob(aBackup(), aDatabase(), CONFIG) };
const foreign = (object: Writable): Writable => ({ ...object, metadata: { name: object.metadata.name, namespace: object.metadata.namespace } });

describe('ensure', () => {
  test('brings a child about that is not there, without force, and into the cache at once', async () => {
    const { kube, caches, run } = setup();
    await run(ensureService);
    expect(kube.calls).toEqual(['get services orders', 'apply services orders']);
    expect(caches.services.get('shop/orders')).toBeDefined();
  });

  test('brings a child of ours to what is wanted', async () => {
    const { kube, run } = setup();
    kube.put(RESOURCES.services, service);
    await run(ensureService);
    expect(kube.calls).toEqual(['get services orders', 'apply --force services orders']);
  });

  test.each([
    { whose: 'nobody', object: foreign(service) },
    { whose: 'a Database of the same name that was deleted', object: desiredService(aDatabase({ metadata: { uid: 'another' } })) },
  ])('leaves a child of $whose as it is', async ({ object }) => {
    const { kube, run } = setup();
    kube.put(RESOURCES.services, object);
    await expect(run(ensureService)).rejects.toThrow(NameTakenError);
    expect(kube.calls).toEqual(['get services orders']);
  });
});

describe('createRestore', () => {
  const database = aDatabase({ metadata: { resourceVersion: '1001' } });
  const restore = desiredClone(database, { backup: 'nightly', ofBefore: false });
  const create: Effect = { do: 'createRestore', object: restore, seen: { name: 'orders', resourceVersion: '1001' } };

  test('creates it when the Database is the one that was seen, once', async () => {
    const { kube, caches, run } = setup();
    kube.put(RESOURCES.databases, aDatabase());
    await run(create);
    await run(create);
    expect(caches.restores.get('shop/orders-clone')).toBeDefined();
    expect(kube.calls.filter((call) => call.startsWith('create'))).toHaveLength(2);
  });

  test('does nothing when the Database has changed since: it may have its content by now', async () => {
    const { kube, caches, run } = setup();
    kube.put(RESOURCES.databases, aDatabase());
    await run({ ...create, seen: { name: 'orders', resourceVersion: '1000' } });
    expect(kube.calls).toEqual(['get databases orders']);
    expect(caches.databases.get('shop/orders')?.metadata.resourceVersion).toBe('1001');
  });

  test('leaves a Restore of that name alone that somebody else made', async () => {
    const { kube, run } = setup();
    kube.put(RESOURCES.databases, aDatabase());
    kube.put(RESOURCES.restores, foreign(restore));
    await expect(run(create)).rejects.toThrow(NameTakenError);
  });
});

describe('apply', () => {
  test('names the UID of the child that was seen, so that no other is made', async () => {
    const { kube, run } = setup();
    await run({ do: 'apply', resource: 'services', object: service, uid: 'seen' });
    expect(kube.bodies).toMatchObject([{ metadata: { uid: 'seen' } }]);
  });

  test('replaces lists as a whole where what we add clashes with what somebody left in them', async () => {
    const { kube, caches, run } = setup();
    kube.fail('apply', new KubeError({ code: 422, reason: 'Invalid', message: 'duplicate port' }));
    await run({ do: 'apply', resource: 'services', object: service, uid: 'seen' });
    expect(kube.calls).toEqual(['apply --force services orders', 'merge services orders']);
    expect(kube.bodies.at(-1)).toMatchObject({ metadata: { uid: 'seen' } });
    expect(caches.services.size).toBe(1);
  });
});

describe('labelPod', () => {
  const labelPod = { do: 'labelPod', object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'orders-1', namespace: 'shop', uid: 'seen', labels: { role: 'standby' } } } } as const;

  test('names the UID of the pod that was seen', async () => {
    const { kube, caches, run } = setup();
    await run(labelPod);
    expect(kube.calls).toEqual(['apply --force pods orders-1']);
    expect(kube.bodies).toMatchObject([{ metadata: { uid: 'seen', labels: { role: 'standby' } } }]);
    expect(caches.pods.size).toBe(1);
  });

  test('leaves it when that pod is gone', async () => {
    const { kube, caches, run } = setup();
    kube.fail('apply', new KubeError({ code: 409, reason: 'Conflict', message: 'another UID' }));
    await run(labelPod);
    expect(caches.pods.size).toBe(0);
  });
});

describe('createJob', () => {
  test('creates it, and it is in the cache at once', async () => {
    const { kube, caches, run } = setup();
    await run(createJob);
    expect(kube.calls).toEqual(['create jobs nightly-bbbbbbbb-1']);
    expect(caches.jobs.by('controller', aBackup().metadata.uid)).toHaveLength(1);
  });

  test('twice is harmless: the one that is there is taken for ours', async () => {
    const { kube, caches, run } = setup();
    await run(createJob);
    await run(createJob);
    expect(kube.calls.filter((call) => call.startsWith('create'))).toHaveLength(2);
    expect(caches.jobs.size).toBe(1);
  });

  test('under a name that is taken is refused, and the other Job is not taken for ours', async () => {
    const { kube, caches, run } = setup();
    kube.put(RESOURCES.jobs, foreign(createJob.object));
    await expect(run(createJob)).rejects.toThrow(NameTakenError);
    expect(caches.jobs.size).toBe(0);
  });
});

describe('a Secret', () => {
  const [credentials] = credentialSecrets(aDatabase(), live(RESOURCES.configMaps, desiredConfigMap(aDatabase(), false)));
  const passwordsIn = (kube: FakeKube): unknown[] => kube.bodies.map((body) => (body as { stringData?: { password?: string } }).stringData?.password);

  test('gets a random password that needs no escaping in a URI', async () => {
    const { kube, run } = setup();
    if (credentials !== undefined) await run(credentials);
    expect(passwordsIn(kube)).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{32}$/)]);
  });

  test.each([
    { names: 'plain', username: 'clerk', databaseName: 'orders' },
    { names: 'full of what URIs are made of', username: `o'clerk "x"/@:?#[]%{password}`, databaseName: `d\u00fcrer's (db)*! \u{1F418}` },
  ])('tells applications where to connect, with names that are $names', async ({ username, databaseName }) => {
    const { kube, run } = setup();
    const [secret] = credentialSecrets(aDatabase({ spec: { username, databaseName } }), live(RESOURCES.configMaps, desiredConfigMap(aDatabase(), false)));
    if (secret !== undefined) await run(secret);
    const { stringData } = kube.bodies[0] as Writable & { stringData: Record<string, string> };
    expect(stringData).toMatchObject({ type: 'postgresql', host: 'orders.shop.svc', port: '5432', username, database: databaseName });
    const uri = new URL(stringData['uri'] ?? '');
    expect([uri.protocol, uri.host, uri.search, uri.hash]).toEqual(['postgresql:', 'orders.shop.svc:5432', '', '']);
    expect([uri.username, uri.password, uri.pathname.slice(1)].map(decodeURIComponent)).toEqual([username, stringData['password'], databaseName]);
    expect(uri.href).toMatch(/^[A-Za-z0-9%:/@._-]+$/);
  });

  test('that is there already is used as it is: it is not read and not changed', async () => {
    const { kube, run } = setup();
    if (credentials === undefined) throw new Error('no Secret');
    await run(credentials);
    const first = kube.find(RESOURCES.secrets, { namespace: 'shop', name: 'orders-credentials' });
    await run(credentials);
    expect(kube.find(RESOURCES.secrets, { namespace: 'shop', name: 'orders-credentials' })).toBe(first);
    expect(kube.calls).toEqual(['create secrets orders-credentials', 'create secrets orders-credentials']);
    expect(new Set(passwordsIn(kube)).size).toBe(2);
  });
});

test('a claim that is there already is used as it is', async () => {
  const { kube, run } = setup();
  const effect: Effect = { do: 'createIfAbsent', resource: 'claims', object: desiredBackupClaim(aDatabase(), CONFIG) };
  await run(effect);
  await run(effect);
  expect(kube.calls).toEqual(['create persistentvolumeclaims orders-backups', 'create persistentvolumeclaims orders-backups']);
});

describe('a run of a schedule', () => {
  const schedule = aBackup({ spec: { schedule: '@daily' } });
  const createRun: Effect = { do: 'createRun', object: desiredRun(schedule, Date.parse(NOW)) };
  const ofAnother = desiredRun({ ...schedule, metadata: { ...schedule.metadata, uid: 'another' } }, Date.parse(NOW));

  test('is created once, and is in the cache at once', async () => {
    const { kube, caches, run } = setup();
    await run(createRun);
    await run(createRun);
    expect(kube.calls).toEqual(['create backups nightly-20260102-030405', 'create backups nightly-20260102-030405', 'get backups nightly-20260102-030405']);
    expect(caches.backups.by('schedule', schedule.metadata.uid)).toHaveLength(1);
  });

  test.each([
    { whose: 'of another schedule, although that had the same name', existing: ofAnother },
    { whose: 'of a person', existing: { ...ofAnother, metadata: { name: ofAnother.metadata.name, namespace: 'shop' } } },
  ])('is not taken for one $whose', async ({ existing }) => {
    const { kube, run } = setup();
    kube.put(RESOURCES.backups, existing);
    await expect(run(createRun)).rejects.toBeInstanceOf(NameTakenError);
  });

  test('is marked before it is deleted with its data', async () => {
    const { kube, run } = setup();
    kube.put(RESOURCES.backups, schedule);
    await run({ do: 'markBackup', object: marksOf(schedule, true) });
    expect(kube.bodies).toEqual([expect.objectContaining({ metadata: { name: 'nightly', namespace: 'shop', uid: schedule.metadata.uid, finalizers: [BACKUP_FINALIZER], annotations: { [ANNOTATION_PRUNED]: 'true' } } })]);
  });
});

test('deleting what is gone already is success', async () => {
  const { kube, run } = setup();
  await run({ do: 'delete', resource: 'services', target: { namespace: 'shop', name: 'orders', uid: 'u' }, propagation: 'Foreground' });
  expect(kube.calls).toEqual(['delete services orders Foreground']);
});

test('any other refusal is passed on', async () => {
  const { kube, run } = setup();
  const error = new KubeError({ code: 403, reason: 'Forbidden', message: 'no' });
  for (const call of ['get services', 'create jobs']) kube.fail(call, error);
  await expect(run(ensureService)).rejects.toBe(error);
  await expect(run(createJob)).rejects.toBe(error);
});

describe('a person has to know', () => {
  const refused = (code: number, reason: string): KubeError => new KubeError({ code, reason, message: 'the message' });
  test.each([
    { why: 'of a name that is taken', error: new NameTakenError('taken'), blocked: { reason: 'NameTaken', message: 'taken' } },
    { why: 'of a refusal', error: refused(403, 'Forbidden'), blocked: { reason: 'ActionFailed', message: 'the message' } },
    { why: 'of an object that is invalid', error: refused(422, 'Invalid'), blocked: { reason: 'ActionFailed', message: 'the message' } },
    { why: 'but not of a conflict', error: refused(409, 'Conflict'), blocked: undefined },
    { why: 'but not of a namespace that is being deleted', error: new KubeError({ code: 403, reason: 'Forbidden', message: 'no', causes: ['NamespaceTerminating'] }), blocked: undefined },
    { why: 'but not of an API server that is busy', error: refused(429, 'TooManyRequests'), blocked: undefined },
    { why: 'but not of an API server that is ill', error: refused(503, 'ServiceUnavailable'), blocked: undefined },
    { why: 'but not of one that does not answer', error: refused(0, 'Unreachable'), blocked: undefined },
    { why: 'but not of a mistake in the program', error: new TerminalError('oops'), blocked: undefined },
  ])('$why', ({ error, blocked }) => {
    expect(blockedBy(error)).toEqual(blocked);
  });
});

test('fixtures and builders agree on what a Job of ours is', () => {
  expect(aJob().metadata.ownerReferences).toEqual((createJob.object.metadata as { ownerReferences?: unknown }).ownerReferences);
});
