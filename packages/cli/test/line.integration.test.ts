// The plugin as a process, before a real API server and no controller, over lines of all kinds.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, PLUGIN_TARGET } from '../../../scripts/build.ts';
import { startApiServer, type ApiServer } from '../../controller/test/api-server.ts';
import { startSilentProxy, type SilentProxy } from '../../controller/test/silent-proxy.ts';
import { startSlowProxy } from './slow-proxy.ts';

let api: ApiServer;
let proxy: SilentProxy;
const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
const plugin = join(folder, PLUGIN_TARGET.name, 'main.cjs');

beforeAll(async () => {
  [api] = await Promise.all([startApiServer({ withControllerManager: false }), build([PLUGIN_TARGET], folder)]);
  proxy = await startSilentProxy(api.plane);
  await api.kubectl(['create', '-f', '-'], { apiVersion: 'database.example.com/v1', kind: 'Database', metadata: { name: 'shop', namespace: 'default' }, spec: { image: 'postgres:14', databaseName: 'shop', username: 'app', storage: { size: '1Gi' } } });
});
afterAll(async () => {
  await proxy.stop();
  await api.plane.stop();
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly process: ChildProcess;
  /** What it has said on stderr so far. */
  beside(): string;
  /** Waits until it has said that. */
  says(words: RegExp): Promise<void>;
  end(): Promise<{ readonly code: number | null; readonly answer: string; readonly beside: string }>;
}

function start(kubeconfig: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [plugin, ...args, '--kubeconfig', kubeconfig], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { answer: '', beside: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.answer += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.beside += text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    process: child,
    beside: () => said.beside,
    async says(words) {
      while (!words.test(said.beside)) {
        const ended = await Promise.race([once(child.stderr, 'data').then(() => false), closed.then(() => true)]);
        if (ended && !words.test(said.beside)) throw new Error(`it ended without saying ${String(words)}: ${said.beside}`);
      }
    },
    async end() {
      const [code] = await closed;
      return { code, ...said };
    },
  };
}

/** What a controller would write. */
const writeStatus = (name: string, status: object, kind = 'backup'): Promise<string> => api.kubectl(['patch', kind, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: { observedGeneration: 1, ...status } })]);
const COMPLETED = { phase: 'Completed', rows: 7, tables: 1 };

describe.concurrent('kubectl db backup --wait', () => {
  test('says that no controller looks at it, ends when its time is over, and leaves the Backup for the controller', async () => {
    const ended = await start(api.plane.kubeconfig, 'backup', 'shop', '--name', 'alone', '--wait', '--timeout', '17s').end();
    expect([ended.code, ended.answer]).toEqual([4, '']);
    expect(ended.beside).toMatch(/^Backup alone is created\..*\nBackup alone: created\nBackup alone: no operator has looked at it yet\. Does its controller run\?.*\nBackup alone has not ended within 17s\. It goes on in the cluster\n$/);
    expect(JSON.parse(await api.kubectl(['get', 'backup', 'alone', '-o', 'json', '--show-managed-fields']))).toMatchObject({ metadata: { managedFields: [{ manager: 'kubectl-db', operation: 'Update' }] }, status: { observedGeneration: -1 } });
  });

  test('goes on when the connection dies without a word, and tells the end', async () => {
    const running = start(proxy.kubeconfig, 'backup', 'shop', '--name', 'broken', '--wait');
    await running.says(/Backup broken: created/);
    const speak = proxy.silence();
    await running.says(/Backup broken: no answer from the API server/);
    speak();
    await writeStatus('broken', COMPLETED);
    expect(await running.end()).toMatchObject({ code: 0, answer: 'Backup broken is Completed: 7 rows of 1 tables\n' });
  });

  test('ends at once when it is interrupted, and says that the Backup goes on', async () => {
    const running = start(api.plane.kubeconfig, 'backup', 'shop', '--name', 'left', '--wait');
    await running.says(/Backup left: created/);
    running.process.kill('SIGINT');
    expect(await running.end()).toEqual({ code: 130, answer: '', beside: expect.stringMatching(/\nInterrupted\. Backup left goes on in the cluster\n$/) as string });
  });

  test('tells what the API server has against it', async () => {
    const ended = await start(api.plane.kubeconfig, 'backup', 'shop', '--name', 'Monday').end();
    expect(ended).toMatchObject({ code: 3, answer: '', beside: expect.stringMatching(/metadata\.name/) as string });
  });
});

describe('kubectl db restore --wait', () => {
  const restoreOf = (kubeconfig: string, name: string): Running => start(kubeconfig, 'restore', 'shop', '--from', 'pvc://shop-backups/demo/shop/monday-1a2b3c4d', '--name', name, '--wait');

  test('tells the end over a line on which each answer takes a second', async () => {
    const slow = await startSlowProxy(api.plane, 500);
    const running = restoreOf(slow.kubeconfig, 'slowly');
    await running.says(/Restore slowly: created/);
    await writeStatus('slowly', COMPLETED, 'restore');
    expect(await running.end()).toMatchObject({ code: 0, answer: expect.stringMatching(/^Restore slowly is Completed: /) as string });
    await slow.stop();
  });

  test('goes on when the API server is killed and started again, and tells the end', async () => {
    const running = restoreOf(api.plane.kubeconfig, 'restarted');
    await running.says(/Restore restarted: created/);
    // Told before it starts again: one that starts lets connections wait instead of refusing them, so that a look can pass over the whole restart.
    await api.plane.restartApiServer(() => running.says(/Restore restarted: no answer from the API server/));
    await writeStatus('restarted', COMPLETED, 'restore');
    expect(await running.end()).toMatchObject({ code: 0, answer: expect.stringMatching(/^Restore restarted is Completed: /) as string });
  });
});

test('An answer that is read by nobody to its end is no failure', async () => {
  const running = start(api.plane.kubeconfig, 'list', '-o', 'json');
  running.process.stdout?.destroy();
  expect((await running.end()).code).toBe(0);
});

test('An API server that is not there is said within seconds', async () => {
  const gone = await startSilentProxy(api.plane);
  await gone.stop();
  const ended = await start(gone.kubeconfig, 'status').end();
  expect([ended.code, ended.answer]).toEqual([3, '']);
  expect(ended.beside).toMatch(/^(.*; asking again\n){3}.*no answer from the API server.*\nDoes "kubectl get databases" answer\? Nothing is known of what was asked for\n$/);
});
