// The election on a real API server, with the rights that the chart gives.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startControlPlane, type ControlPlane } from '../../../../e2e/cluster/index.ts';
import { installIdentity, writeIdentity } from '../../../../e2e/harness/chart-identity.ts';
import { LEASE_NAME } from '../rbac.ts';
import { monotonicClock, systemClock } from '../runtime/clock.ts';
import { LeaderElector, LeadershipLostError } from '../runtime/leader-election.ts';
import { KubeClient } from './client.ts';
import { connect, type Connection } from './connection.ts';
import { kubeLease } from './lease.ts';
import { RESOURCES, type LeaseObject } from './resources.ts';

const NAMESPACE = 'operator';
const LEASE = { namespace: NAMESPACE, name: LEASE_NAME };
// Long enough that no answer of a busy machine's API server takes so long; nobody waits for a Lease to run out.
const TIMINGS = { leaseMs: 8000, renewDeadlineMs: 7000, retryMs: 2000 };
const PATIENCE_MS = 60_000;

let plane: ControlPlane;
let connection: Connection;
let kube: KubeClient;

beforeAll(async () => {
  plane = await startControlPlane({ withControllerManager: false });
  await installIdentity(plane.kubeconfig, NAMESPACE);
  const file = join(plane.folder, 'controller.kubeconfig');
  await writeIdentity(plane.kubeconfig, NAMESPACE, { file });
  vi.stubEnv('KUBECONFIG', file);
  connection = connect();
  kube = new KubeClient(connection);
});

afterAll(async () => {
  connection.close();
  await plane.stop();
  vi.unstubAllEnvs();
});

interface Candidate {
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  readonly failures: unknown[];
  readonly ended: Promise<unknown>;
}

/** A process whose work ends when it is told to stop. */
function candidate(identity: string): Candidate {
  const failures: unknown[] = [];
  const observer = { waiting: () => undefined, elected: () => undefined, lost: () => undefined, released: () => undefined, failed: (error: unknown) => void failures.push(error) };
  const elector = new LeaderElector({ identity, timings: TIMINGS, lock: kubeLease(kube, LEASE), clock: monotonicClock, wallTime: systemClock.now, observer });
  const stop = new AbortController();
  const work = (signal: AbortSignal): Promise<void> => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const ended = elector.run(stop.signal, work).then(
    () => 'ended',
    (error: unknown) => error,
  );
  return { elector, stop, failures, ended };
}

const read = (): Promise<LeaseObject> => kube.get(RESOURCES.leases, LEASE, AbortSignal.timeout(PATIENCE_MS));
const leads = ({ elector }: Candidate): Promise<void> => vi.waitFor(() => expect(elector.leading).toBe(true), { timeout: PATIENCE_MS, interval: 20 });

test('of two processes one leads, the other follows when it stops', async () => {
  const one = candidate('one');
  await leads(one);
  const two = candidate('two');
  const { spec } = await read();
  expect(spec).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 8, leaseTransitions: 0 });
  expect(spec?.acquireTime).toMatch(/\.\d{6}Z$/);
  // Renewals by one and looks by two, for longer than a lease lasts.
  await vi.waitFor(async () => expect(Date.parse((await read()).spec?.renewTime ?? '') - Date.parse(spec?.acquireTime ?? '')).toBeGreaterThan(TIMINGS.leaseMs), { timeout: PATIENCE_MS });
  expect([one.elector.leading, two.elector.leading]).toEqual([true, false]);

  one.stop.abort();
  expect(await one.ended).toBe('ended');
  await leads(two);
  expect((await read()).spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });

  two.stop.abort();
  await two.ended;
  const { spec: released } = await read();
  expect(released).not.toHaveProperty('holderIdentity');
  expect([...one.failures, ...two.failures]).toEqual([]);
});

test('many that start at once have one leader', async () => {
  const all = Array.from({ length: 8 }, (_, index) => candidate(`process-${index}`));
  const leading = (): Candidate[] => all.filter(({ elector }) => elector.leading);
  await vi.waitFor(() => expect(leading()).toHaveLength(1), { timeout: PATIENCE_MS, interval: 20 });
  const [first] = leading();
  await vi.waitFor(async () => expect((await read()).spec?.renewTime).not.toBe((await read()).spec?.acquireTime), { timeout: PATIENCE_MS });
  expect(leading()).toEqual([first]);
  for (const { stop } of all) stop.abort();
  expect(new Set(await Promise.all(all.map(({ ended }) => ended)))).toEqual(new Set(['ended']));
});

test('a process that does not lead reads, and sends no write', async () => {
  const calls: string[] = [];
  const standby = new KubeClient(connection, { observe: (method, code) => void calls.push(`${method} ${code}`), mayWrite: () => false });
  const lease = await standby.get(RESOURCES.leases, LEASE, AbortSignal.timeout(PATIENCE_MS));
  await expect(standby.update(RESOURCES.leases, lease, AbortSignal.timeout(PATIENCE_MS))).rejects.toMatchObject({ code: 0, reason: 'NotLeading' });
  expect(calls).toEqual(['GET 200']);
});

test('a leader whose Lease another one took ends, and writes nothing over it', async () => {
  const one = candidate('one');
  await leads(one);
  const other = kubeLease(kube, LEASE);
  const now = Date.now();
  const taken = { holder: 'other', durationSeconds: 60, acquiredAt: now, renewedAt: now, transitions: 9 };
  await vi.waitFor(async () => {
    await other.read(AbortSignal.timeout(PATIENCE_MS));
    await other.update(taken, AbortSignal.timeout(PATIENCE_MS));
  }, { timeout: PATIENCE_MS });
  expect(await one.ended).toEqual(new LeadershipLostError('the lease went to other'));
  expect((await read()).spec).toMatchObject({ holderIdentity: 'other' });
});
