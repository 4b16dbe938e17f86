// A real API server for a test file, and what the tests do there beside the operator.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { vi } from 'vitest';
import { ensureTools, startControlPlane, type ControlPlane, type ControlPlaneOptions } from '../../../e2e/cluster/index.ts';
import { portOf } from '../../../e2e/lib/ports.ts';
import { run } from '../../../e2e/lib/run.ts';
import { connect, type Connection } from '../src/kube/connection.ts';

const CHART_FILES = fileURLToPath(new URL('../../../charts/postgres-operator/files', import.meta.url));

export interface ApiServer {
  readonly plane: ControlPlane;
  /** Runs kubectl as the administrator; `input` goes to its standard input as JSON. */
  kubectl(args: readonly string[], input?: object): Promise<string>;
}

/** Starts an API server that knows our kinds. */
export async function startApiServer(options: ControlPlaneOptions): Promise<ApiServer> {
  const plane = await startControlPlane(options);
  const { kubectl: tool } = await ensureTools(['kubectl']);
  const kubectl: ApiServer['kubectl'] = async (args, input) => {
    const { stdout } = await run(tool, ['--kubeconfig', plane.kubeconfig, ...args], input === undefined ? {} : { input: JSON.stringify(input) });
    return stdout;
  };
  await kubectl(['apply', '-f', join(CHART_FILES, 'crds')]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=120s', '-f', join(CHART_FILES, 'crds')]);
  return { plane, kubectl };
}

/** Connects as the controller does, with the given kubeconfig file. */
export function connectWith(kubeconfig: string): Connection {
  const before = process.env['KUBECONFIG'];
  process.env['KUBECONFIG'] = kubeconfig;
  try {
    return connect();
  } finally {
    if (before === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = before;
  }
}

/** A kubeconfig of a service account that may do what the chart's ClusterRole allows, and no more. */
export async function asController({ plane, kubectl }: ApiServer): Promise<string> {
  const rules = readFileSync(join(CHART_FILES, 'rules.yaml'), 'utf8');
  const role = join(plane.folder, 'role.yaml');
  writeFileSync(role, `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: controller }\nrules:\n${rules}`);
  await kubectl(['create', '-f', role]);
  await kubectl(['create', 'serviceaccount', 'controller']);
  await kubectl(['create', 'clusterrolebinding', 'controller', '--clusterrole=controller', '--serviceaccount=default:controller']);
  // What may be done is read from a cache, which hears of the rules a moment later.
  await vi.waitFor(() => kubectl(['auth', 'can-i', 'create', 'secrets', '--as=system:serviceaccount:default:controller']), { timeout: 60_000 });
  const token = (await kubectl(['create', 'token', 'controller', '--duration=1h'])).trim();
  const file = join(plane.folder, 'controller.kubeconfig');
  const [cluster] = (JSON.parse(await kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json'])) as { clusters: { cluster: object }[] }).clusters;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: cluster?.cluster }],
    users: [{ name: 'controller', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'controller' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Counts the connections that go through it. */
export interface CountingProxy {
  readonly kubeconfig: string;
  readonly connections: () => number;
  stop(): Promise<void>;
}

/** A TCP proxy before the API server, and a kubeconfig that goes through it. */
export async function startProxy({ plane }: ApiServer): Promise<CountingProxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  const port = Number(new URL(plane.apiserverUrl).port);
  const server = createServer((client) => {
    count += 1;
    const upstream = connectTo(port, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeconfig = join(plane.folder, 'proxy.kubeconfig');
  const url = `https://127.0.0.1:${portOf(server)}`;
  writeFileSync(kubeconfig, readFileSync(plane.kubeconfig, 'utf8').replaceAll(plane.apiserverUrl, url));
  return {
    kubeconfig,
    connections: () => count,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
