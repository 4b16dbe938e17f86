// The client against a real API server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asController, connectWith, startApiServer, startProxy, type ApiServer } from '../../test/api-server.ts';
import { aDatabase } from '../../test/fixtures.ts';
import { desiredService } from '../database/children/desired-services.ts';
import { act, NameTakenError } from '../reconcile/act.ts';
import { createCaches } from '../reconcile/caches.ts';
import { ExpiredError } from '../runtime/reflector.ts';
import { KubeClient, type Writable } from './client.ts';
import type { Connection } from './connection.ts';
import { isAlreadyExists, isConflict, isNotFound, KubeError } from './errors.ts';
import { RESOURCES } from './resources.ts';

let api: ApiServer;
let connection: Connection;
let kube: KubeClient;
const { signal } = new AbortController();

const configMap = (name: string, more: { data?: Record<string, string>; labels?: Record<string, string> } = {}): Writable => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels: more.labels ?? {} }, data: more.data ?? {} };
  return object;
};
const failureOf = async (call: Promise<unknown>): Promise<unknown> => call.then(() => undefined, (error: unknown) => error);

beforeAll(async () => {
  api = await startApiServer({ withControllerManager: false });
  connection = connectWith(api.plane.kubeconfig);
  kube = new KubeClient(connection);
});
afterAll(async () => {
  connection.close();
  await api.plane.stop();
});

describe('whether a Secret exists', () => {
  const key = { namespace: 'default', name: 'asked-for' };
  const secrets = async (): Promise<unknown> => JSON.parse(await api.kubectl(['get', 'secrets', '-A', '-o', 'json']));

  test('is asked with no other right than to create, and leaves nothing behind', async () => {
    const own = connectWith(await asController(api));
    const answers: string[] = [];
    const controller = new KubeClient(own, { observe: (method, code) => void answers.push(`${method} ${code}`) });
    const before = await secrets();
    expect(await controller.exists(RESOURCES.secrets, key, signal)).toBe(false);
    expect(await secrets()).toEqual(before);
    await api.kubectl(['create', 'secret', 'generic', key.name, '--from-literal=AWS_SECRET_ACCESS_KEY=canary']);
    const stored = await secrets();
    expect(await controller.exists(RESOURCES.secrets, key, signal)).toBe(true);
    expect(await secrets()).toEqual(stored);
    expect(answers).toEqual(['POST 201', 'POST 409']);
    expect(await failureOf(controller.get(RESOURCES.secrets, key, signal))).toMatchObject({ code: 403 });
    await own.close();
  });

  test('is not known where the server says neither', async () => {
    expect(await failureOf(kube.exists(RESOURCES.secrets, { ...key, namespace: 'not-there' }, signal))).toMatchObject({ code: 404 });
    expect(await failureOf(kube.exists(RESOURCES.secrets, { ...key, name: 'No Name' }, signal))).toMatchObject({ code: 422 });
  });
});

test('twenty calls use at most two connections', async () => {
  const proxy = await startProxy(api);
  const through = connectWith(proxy.kubeconfig);
  const client = new KubeClient(through);
  for (let call = 0; call < 20; call += 1) await client.list(RESOURCES.databases, {}, signal);
  expect(proxy.connections()).toBeLessThanOrEqual(2);
  through.close();
  await proxy.stop();
});

test('a list comes whole, page by page, and its items carry their kind', async () => {
  const labels = { test: 'pages' };
  const names = Array.from({ length: 510 }, (_, index) => `page-${index}`);
  await Promise.all(names.map((name) => kube.create(RESOURCES.configMaps, configMap(name, { labels }), signal)));
  const calls: string[] = [];
  const counting = new KubeClient(connection, { observe: (method, code) => void calls.push(`${method} ${code}`) });
  const { items, resourceVersion } = await counting.list(RESOURCES.configMaps, { labelSelector: 'test=pages' }, signal);
  expect(calls).toEqual(['GET 200', 'GET 200']);
  expect(new Set(items.map(({ metadata }) => metadata.name))).toEqual(new Set(names));
  expect(new Set(items.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))).toEqual(new Set(['v1 ConfigMap']));
  expect(resourceVersion).toMatch(/^\d+$/);
});

describe('a watch', () => {
  const watched = { labelSelector: 'test=watch' };

  test('tells what happens after a version, and ends with its signal', async () => {
    const { resourceVersion } = await kube.list(RESOURCES.configMaps, { labelSelector: watched.labelSelector }, signal);
    const object = (value: string): Writable => configMap('watched', { labels: { test: 'watch' }, data: { value } });
    const created = await kube.create(RESOURCES.configMaps, object('1'), signal);
    await kube.apply(RESOURCES.configMaps, object('2'), { force: true }, signal);
    await kube.delete(RESOURCES.configMaps, { namespace: 'default', name: 'watched', uid: created.metadata.uid }, 'Background', signal);
    const stop = new AbortController();
    const heard: string[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const { type, object: seen } of kube.watch(RESOURCES.configMaps, { ...watched, resourceVersion }, stop.signal)) {
          heard.push(`${type} ${'data' in seen ? seen.data?.['value'] : ''}`);
          if (type === 'DELETED') stop.abort();
        }
      })(),
    );
    expect(heard).toEqual(['ADDED 1', 'MODIFIED 2', 'DELETED 2']);
    expect(failure).toMatchObject({ name: 'AbortError' });
  });

  test('from a version that is too old asks for a new list', async () => {
    // What was before the CRD existed is nowhere any more.
    const events = kube.watch(RESOURCES.databases, { labelSelector: undefined, resourceVersion: '1' }, AbortSignal.timeout(10_000));
    expect(await failureOf(events.next())).toBeInstanceOf(ExpiredError);
  });
});

describe('a refusal', () => {
  test('carries the code, the reason and the words of the API server', async () => {
    const error = await failureOf(kube.get(RESOURCES.databases, { namespace: 'default', name: 'missing' }, signal));
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({ code: 404, reason: 'NotFound', message: expect.stringContaining('databases.database.example.com "missing" not found') });
    expect(isNotFound(error)).toBe(true);
  });

  test('of creating twice is AlreadyExists', async () => {
    await kube.create(RESOURCES.configMaps, configMap('twice'), signal);
    expect(isAlreadyExists(await failureOf(kube.create(RESOURCES.configMaps, configMap('twice'), signal)))).toBe(true);
  });

  test('of deleting an object that took the name since is a conflict', async () => {
    await kube.create(RESOURCES.configMaps, configMap('other'), signal);
    const target = { namespace: 'default', name: 'other', uid: '00000000-0000-4000-8000-000000000000' };
    expect(isConflict(await failureOf(kube.delete(RESOURCES.configMaps, target, 'Background', signal)))).toBe(true);
    expect(await kube.get(RESOURCES.configMaps, target, signal)).toBeDefined();
  });
});

describe('a status', () => {
  const database = aDatabase({ metadata: { name: 'status', namespace: 'default' } });
  const withStatus = (metadata: object, phase: string): Writable => {
    const { apiVersion, kind } = database;
    const object = { apiVersion, kind, metadata: { name: 'status', namespace: 'default', ...metadata }, status: { phase } };
    return object;
  };
  const write = (metadata: object, phase: string): Promise<typeof database> => kube.apply(RESOURCES.databases, withStatus(metadata, phase), { subresource: 'status', force: true }, signal);

  test('that was decided on an old view is a conflict, and the newer one stays', async () => {
    const { apiVersion, kind, spec } = database;
    const object = { apiVersion, kind, metadata: { name: 'status', namespace: 'default' }, spec };
    const { metadata } = await kube.create(RESOURCES.databases, object, signal);
    await write({ resourceVersion: metadata.resourceVersion }, 'Pending');
    expect(isConflict(await failureOf(write({ resourceVersion: metadata.resourceVersion }, 'Failed')))).toBe(true);
    expect((await kube.get(RESOURCES.databases, metadata, signal)).status?.phase).toBe('Pending');
  });

  test('of an object that was created again under its name is a conflict', async () => {
    const old = await kube.get(RESOURCES.databases, { namespace: 'default', name: 'status' }, signal);
    await kube.delete(RESOURCES.databases, old.metadata, 'Background', signal);
    const { apiVersion, kind, spec } = database;
    const again = { apiVersion, kind, metadata: { name: 'status', namespace: 'default' }, spec };
    await kube.create(RESOURCES.databases, again, signal);
    const { uid, resourceVersion } = old.metadata;
    expect(isConflict(await failureOf(write({ uid, resourceVersion }, 'Failed')))).toBe(true);
  });
});

describe('applying with a UID', () => {
  const uid = '00000000-0000-4000-8000-000000000000';
  const database = aDatabase();
  const finalizers = { apiVersion: database.apiVersion, kind: database.kind, metadata: { name: 'status', namespace: 'default', uid, finalizers: ['database.example.com/finalizer'] } };
  test.each([
    { why: 'changes no other child that has the name by now', resource: RESOURCES.services, object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kubernetes', namespace: 'default', uid, labels: { a: 'b' } } } },
    { why: 'makes no child that is gone', resource: RESOURCES.configMaps, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gone', namespace: 'default', uid }, data: {} } },
    { why: 'changes no other Database that has the name by now', resource: RESOURCES.databases, object: finalizers },
    { why: 'makes no Database that is gone', resource: RESOURCES.databases, object: { ...finalizers, metadata: { ...finalizers.metadata, name: 'gone' } } },
  ])('$why', async ({ resource, object }) => {
    const errors = await Promise.all([kube.apply<unknown>(resource, object, { force: true }, signal), kube.merge<unknown>(resource, object, signal)].map(failureOf));
    // Conflict or NotFound when there is no object, Conflict or Invalid (a UID cannot change) when there is another one.
    for (const error of errors) expect([404, 409, 422]).toContain(error instanceof KubeError ? error.code : 0);
  });
});

describe('ensure', () => {
  const child = desiredService(aDatabase({ metadata: { name: 'taken', namespace: 'default' } }));
  const foreign = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'taken', namespace: 'default' }, spec: { selector: { app: 'foreign' }, ports: [{ name: 'postgres', port: 5432 }] } };
  const ensure = (client: KubeClient): Promise<void> => act({ kube: client, caches: createCaches() }, { do: 'ensure', resource: 'services', object: child }, signal);

  test('never takes over an object of somebody else, whether it was there before or appeared just now', async () => {
    const { spec, metadata } = await kube.create(RESOURCES.services, foreign, signal);
    await expect(ensure(kube)).rejects.toThrow(NameTakenError);
    class TooEarly extends KubeClient {
      override get<T>(): Promise<T> {
        return Promise.reject(new KubeError({ code: 404, reason: 'NotFound', message: 'not there yet' }));
      }
    }
    expect(isConflict(await failureOf(ensure(new TooEarly(connection))))).toBe(true);
    expect(await kube.get(RESOURCES.services, metadata, signal)).toMatchObject({ spec, metadata: { resourceVersion: metadata.resourceVersion } });
  });
});
