// The proxy before a real API server: what it sees, and what it can do to a controller's connections.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/index.ts';
import { AdminApi, serverOf } from './api.ts';
import { Journal } from './journal.ts';
import { Proxy, type Stage } from './proxy.ts';
import { installIdentity, writeIdentity } from '../harness/chart-identity.ts';

const NAMESPACE = 'operator';
/** A busy machine takes its time; what never comes ends here. */
const PATIENT = { timeout: 60_000 };
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;

let plane: ControlPlane;
let admin: AdminApi;
let proxy: Proxy;
let journal: Journal;
let ask: (method: string, path: string, body?: object) => Promise<number>;

beforeAll(async () => {
  plane = await startControlPlane({ withControllerManager: false });
  admin = new AdminApi(plane.kubeconfig);
  await installIdentity(plane.kubeconfig, NAMESPACE);
});

beforeEach(async () => {
  journal = new Journal();
  proxy = new Proxy({ name: 'a', folder: plane.folder, journal, upstream: serverOf(plane.kubeconfig) });
  const { server, ca } = await proxy.start();
  const file = `${plane.folder}/proxied.kubeconfig`;
  await writeIdentity(plane.kubeconfig, NAMESPACE, { file, server, ca });
  const { users } = JSON.parse(readFileSync(file, 'utf8')) as { users: [{ user: { token: string } }] };
  const agent = new Agent({ ca, keepAlive: true });
  ask = (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' };
      const outgoing = request(server + path, { method, agent, headers }, (incoming) => {
        incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0));
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return () => {
    agent.destroy();
    return proxy.stop();
  };
});

afterAll(async () => {
  admin.close();
  await plane.stop();
});

const lease = (name: string): object => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: NAMESPACE }, spec: { holderIdentity: 'a' } });

test('writes are seen with their answers, reads pass, and the rights are those of the chart', async () => {
  expect([await ask('POST', LEASES, lease('one')), await ask('POST', LEASES, lease('one')), await ask('GET', `${LEASES}/one`)]).toEqual([201, 409, 403]);
  expect(journal.writes.map(({ from, method, path, status }) => [from, method, path, status])).toEqual([
    ['a', 'POST', LEASES, 201],
    ['a', 'POST', LEASES, 409],
  ]);
});

test('a write stops at every stage', async () => {
  const stages: [Stage, boolean][] = [];
  proxy.onWrite = async (_write, stage) => void stages.push([stage, (await admin.get(`${LEASES}/two`)) !== undefined]);
  await ask('POST', LEASES, lease('two'));
  await expect.poll(() => stages, PATIENT).toEqual([
    ['received', false],
    ['answered', true],
    ['delivered', true],
  ]);
});

test('a cut network lets nothing in or out, except what was received before', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: received, resolve: isReceived } = Promise.withResolvers<void>();
  proxy.onWrite = (_write, stage) => {
    if (stage !== 'received') return;
    isReceived();
    return released;
  };
  const asked = expect(ask('POST', LEASES, lease('three'))).rejects.toThrow();
  await received;
  proxy.cut();
  await asked;
  await expect(ask('POST', LEASES, lease('four'))).rejects.toThrow();
  expect(await admin.get(`${LEASES}/three`)).toBeUndefined();
  release();
  await expect.poll(() => admin.get(`${LEASES}/three`), PATIENT).toBeDefined();
  proxy.heal();
  expect(await ask('POST', LEASES, lease('five'))).toBe(201);
  expect(journal.writes).toHaveLength(2);
});
