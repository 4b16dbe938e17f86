import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { stateHome } from '../lib/cache.ts';
import { StepError } from '../lib/error.ts';
import { freePorts } from '../lib/ports.ts';
import { identify, isAlive } from '../lib/process.ts';
import { lastLines } from '../lib/run.ts';
import { apiGet, waitFor } from './api.ts';
import { apiServer, auditFlags, controllerManager, etcd, type ControlPlaneSettings } from './components.ts';
import { ADMIN, CONTROLLER_MANAGER, createPki, writeKubeconfig } from './pki.ts';
import { isIdentity, parseObject, readText } from './record.ts';
import { ensureTools } from './tools.ts';

const AUDIT_POLICY = join(import.meta.dirname, 'node', 'audit-policy.yaml');

export interface ControlPlaneOptions {
  /** Without it there are no Jobs, StatefulSets, garbage collection or service account objects; it starts faster. */
  withControllerManager: boolean;
  /** Writes down who asked for what. */
  withAudit?: boolean;
}

export interface ControlPlane {
  kubeconfig: string;
  apiserverUrl: string;
  /** One JSON object a line: every request, without bodies; there with `withAudit`. */
  auditLog: string;
  /** Logs and data; removed by `stop`. */
  folder: string;
  /** Kills the API server and starts it again on the same port, after `meanwhile` where given; resolves when it is ready. */
  restartApiServer(meanwhile?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** A bare API server with its etcd on loopback, as an ordinary user: no nodes, no pods. It dies with the process that started it. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  await ensureTools(['etcd', 'kube-apiserver', ...(options.withControllerManager ? (['kube-controller-manager'] as const) : [])]);
  sweepAbandoned();
  const folder = join(controlPlanes(), randomBytes(6).toString('hex'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'owner.json'), JSON.stringify(identify(process.pid)));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await start(folder, options, children)), folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(folder: string, options: ControlPlaneOptions, children: ChildProcess[]): Promise<Pick<ControlPlane, 'kubeconfig' | 'apiserverUrl' | 'auditLog' | 'restartApiServer'>> {
  const pki = join(folder, 'pki');
  const kubeconfig = join(folder, 'kubeconfig');
  const auditLog = join(folder, 'audit.log');
  await createPki(pki, ['127.0.0.1', 'localhost', '10.96.0.1', 'kubernetes.default.svc'], [ADMIN, CONTROLLER_MANAGER]);
  const [apiPort, etcdPort, etcdPeerPort] = await freePorts();
  const settings: ControlPlaneSettings = { pki, data: folder, address: '127.0.0.1', apiPort, etcdPort, etcdPeerPort };
  const apiserverUrl = `https://127.0.0.1:${apiPort}`;
  const context = { pki, server: apiserverUrl, name: 'e2e-control-plane' };
  writeKubeconfig(kubeconfig, { ...context, client: ADMIN.name });
  const startChild = (name: string, command: string[]): ChildProcess => {
    const child = spawnComponent(folder, name, command);
    children.push(child);
    return child;
  };
  startChild('etcd', etcd(settings));
  // No endpoints for the kubernetes service: a loopback address may not be one.
  const startApi = async (): Promise<ChildProcess> => {
    const child = startChild('kube-apiserver', apiServer(settings, ['--bind-address=127.0.0.1', '--endpoint-reconciler-type=none', ...(options.withAudit === true ? auditFlags(AUDIT_POLICY, auditLog) : [])]));
    await ready('kube-apiserver', folder, children, () => apiGet({ port: apiPort, pki }, '/readyz'));
    return child;
  };
  let api = await startApi();
  if (options.withControllerManager) {
    const own = join(folder, 'controller-manager.kubeconfig');
    writeKubeconfig(own, { ...context, client: CONTROLLER_MANAGER.name });
    startChild('kube-controller-manager', controllerManager(settings, own, ['--secure-port=0']));
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await ready('kube-controller-manager', folder, children, () => apiGet({ port: apiPort, pki }, account));
  }
  const restartApiServer: ControlPlane['restartApiServer'] = async (meanwhile) => {
    await end(api);
    await meanwhile?.();
    api = await startApi();
  };
  return { kubeconfig, apiserverUrl, auditLog, restartApiServer };
}

async function ready(name: string, folder: string, children: ChildProcess[], look: () => Promise<unknown>): Promise<void> {
  try {
    await waitFor(name, 180, async () => {
      await look();
    });
  } catch (cause) {
    const ended = children.filter((child) => child.exitCode !== null).map((child) => child.spawnargs.at(-1));
    const tail = lastLines(readText(join(folder, `${name}.log`)) ?? '', 20);
    throw new StepError(`${name} did not get ready (${ended.length} components ended); its log ends:\n${tail}`, { cause });
  }
}

/**
 * Killed by the kernel as soon as the parent ends, however that ends. The parent, to the kernel, is the thread: start control planes
 * from the main thread or from a worker that lives as long as they are needed.
 */
function spawnComponent(folder: string, name: string, command: string[]): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { cwd: folder, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Removes the folders of control planes whose owner was killed; their processes ended with it. */
function sweepAbandoned(): void {
  const home = controlPlanes();
  for (const name of existsSync(home) ? readdirSync(home) : []) {
    const owner = parseObject(readText(join(home, name, 'owner.json')));
    // No owner yet: it is just being made.
    if (isIdentity(owner) && !isAlive(owner)) rmSync(join(home, name), { recursive: true, force: true });
  }
}

function controlPlanes(): string {
  return join(stateHome(), 'control-planes');
}
