// metrics.secure as the chart installs it: its certificate, and its rights to ask a real API server who somebody is.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ensureTools, startControlPlane, type ControlPlane } from '../../e2e/cluster/index.ts';
import { writeIdentity } from '../../e2e/harness/chart-identity.ts';
import { CHART } from '../../e2e/harness/chart.ts';
import { portOf } from '../../e2e/lib/ports.ts';
import { run } from '../../e2e/lib/run.ts';
import { connectWith } from '../../packages/controller/test/api-server.ts';
import type { Connection } from '../../packages/controller/src/kube/connection.ts';
import { createReviews } from '../../packages/controller/src/kube/reviews.ts';
import { admission } from '../../packages/controller/src/telemetry/admission.ts';
import { serve } from '../../packages/controller/src/telemetry/http.ts';

const SECRET = 'postgres-operator-controller-manager-metrics';
const HOST = `${SECRET}.operators.svc`;

let plane: ControlPlane;
let connection: Connection;
let server: Server;
let folder: string;
let ca: string;

const tool = async (name: 'helm' | 'kubectl', ...args: string[]): Promise<string> => {
  const tools = await ensureTools([name]);
  return (await run(tools[name], [...args, '--namespace', 'operators'], { env: { KUBECONFIG: plane.kubeconfig } })).stdout;
};
const upgrade = (): Promise<string> => tool('helm', 'upgrade', '--install', 'postgres-operator', CHART, '--create-namespace', '--set', 'metrics.secure=true');

/** Writes the files of the Secret as a kubelet would mount them; returns that of the authority. */
async function mount(): Promise<string> {
  const { data } = JSON.parse(await tool('kubectl', 'get', 'secret', SECRET, '-o', 'json')) as { data: Record<string, string> };
  const text = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString();
  for (const name of ['tls.key', 'tls.crt']) writeFileSync(join(folder, name), text(name));
  return text('ca.crt');
}

const tokenOf = async (account: string): Promise<string> => (await tool('kubectl', 'create', 'token', account)).trim();

/** Scrapes as Prometheus does with what the ServiceMonitor says: the certificate must be of the chart's authority, and of its host. */
async function scrape(token: string | undefined, path = '/metrics', authority = ca): Promise<{ status: number | undefined; body: string }> {
  const sent = request({ host: '127.0.0.1', port: portOf(server), path, servername: HOST, ca: authority, agent: false, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  return { status: answer.statusCode, body };
}

beforeAll(async () => {
  plane = await startControlPlane({ withControllerManager: false });
  folder = join(plane.folder, 'metrics-certificate');
  mkdirSync(folder);
  await upgrade();
  ca = await mount();
  for (const account of ['prometheus', 'somebody']) await tool('kubectl', 'create', 'serviceaccount', account);
  await tool('kubectl', 'create', 'clusterrolebinding', 'prometheus', '--clusterrole=postgres-operator-metrics-reader', '--serviceaccount=operators:prometheus');
  const kubeconfig = join(plane.folder, 'controller.kubeconfig');
  await writeIdentity(plane.kubeconfig, 'operators', { file: kubeconfig });
  connection = connectWith(kubeconfig);
  server = await serve(0, { '/metrics': () => Promise.resolve({ status: 200, body: 'up 1\n' }) }, { certificateFolder: folder, refusal: admission(createReviews(connection, new AbortController().signal)) });
});

afterAll(async () => {
  server.close();
  connection.close();
  await plane.stop();
});

describe('with metrics.secure', () => {
  test('an account that is bound to the chart\'s role reads the metrics', async () => {
    expect(await scrape(await tokenOf('prometheus'))).toEqual({ status: 200, body: 'up 1\n' });
  });

  test('nobody else does', async () => {
    expect((await scrape(undefined)).status).toBe(401);
    expect((await scrape(`${await tokenOf('prometheus')}x`)).status).toBe(401);
    expect(await scrape(await tokenOf('somebody'))).toEqual({ status: 403, body: 'system:serviceaccount:operators:somebody may not get /metrics\n' });
    expect((await scrape(await tokenOf('prometheus'), '/other')).status).toBe(403);
  });

  test('plain HTTP gets no answer', async () => {
    await expect(fetch(`http://127.0.0.1:${portOf(server)}/metrics`)).rejects.toThrow();
  });

  test('the certificate is the same after an upgrade', async () => {
    await upgrade();
    expect(await mount()).toBe(ca);
  });

  test('a certificate that is renewed is taken up without a restart', async () => {
    const token = await tokenOf('prometheus');
    await tool('kubectl', 'delete', 'secret', SECRET);
    await upgrade();
    const renewed = await mount();
    expect(renewed).not.toBe(ca);
    await vi.waitFor(async () => expect((await scrape(token, '/metrics', renewed)).status).toBe(200), { timeout: 60_000, interval: 200 });
  });
});
