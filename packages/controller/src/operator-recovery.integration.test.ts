// The real operator when its connection to a real API server breaks: the status is right within 35 s of recovery.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectWith, startApiServer, type ApiServer } from '../test/api-server.ts';
import { CONFIG } from '../test/fixtures.ts';
import { startSilentProxy, type SilentProxy } from '../test/silent-proxy.ts';
import { createOperator } from './operator.ts';
import { systemClock } from './runtime/clock.ts';
import { createLogger } from './telemetry/logger.ts';

/** What the operator promises after the API server can be reached again. */
const RECOVERY_MS = 35_000;
/** How long the tests wait for it: a busy machine takes its time to ask. */
const PATIENCE_MS = 120_000;

let api: ApiServer;
let proxy: SilentProxy;
let stopOperator: () => Promise<void>;

const createBackup = (name: string): Promise<string> =>
  api.kubectl(['create', '-f', '-'], { apiVersion: 'database.example.com/v1', kind: 'Backup', metadata: { name, namespace: 'default' }, spec: { databaseRef: { name: 'missing' } } });

/** Waits until the operator has said that the Backup waits for its Database, and looks when it did. */
async function isTold(name: string, reachableAt: number): Promise<void> {
  const toldAt = await vi.waitFor(
    async () => {
      const [reason, since = ''] = (await api.kubectl(['get', 'backup', name, '-o', 'jsonpath={range .status.conditions[?(@.type=="BackupReady")]}{.reason} {.lastTransitionTime}{end}'])).split(' ');
      expect(reason).toBe('DatabaseNotFound');
      return Date.parse(since);
    },
    { timeout: PATIENCE_MS, interval: 250 },
  );
  expect(toldAt - reachableAt).toBeLessThan(RECOVERY_MS);
}

beforeAll(async () => {
  api = await startApiServer({ withControllerManager: false });
  proxy = await startSilentProxy(api.plane);
  const connection = connectWith(proxy.kubeconfig);
  const stop = new AbortController();
  const operator = createOperator({ config: CONFIG, connection, clock: systemClock, log: createLogger('error', () => undefined) });
  const ended = operator.run(stop.signal);
  await vi.waitFor(() => expect(operator.ready()).toBe(true), { timeout: PATIENCE_MS });
  stopOperator = async () => {
    stop.abort();
    await ended;
    connection.close();
  };
});
afterAll(async () => {
  await stopOperator();
  await proxy.stop();
  await api.plane.stop();
});

test('after a restart of the API server', async () => {
  await api.plane.restartApiServer();
  const reachableAt = Date.now();
  await createBackup('after-restart');
  await isTold('after-restart', reachableAt);
});

test('after its connections died without a word', async () => {
  proxy.killQuietly();
  const reachableAt = Date.now();
  await createBackup('after-death');
  await isTold('after-death', reachableAt);
});

test('after a silence in which nothing came through at all', { timeout: 300_000 }, async () => {
  const end = proxy.silence();
  await createBackup('in-silence');
  // Longer than a watch may be silent, so that the operator has tried to connect again, in vain.
  await new Promise((resolve) => setTimeout(resolve, 45_000));
  end();
  const reachableAt = Date.now();
  await isTold('in-silence', reachableAt);
});
