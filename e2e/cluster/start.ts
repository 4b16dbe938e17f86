import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepError } from '../lib/error.ts';
import { isAlive } from '../lib/process.ts';
import type { StepLog } from '../lib/step.ts';
import { apiGet, waitFor, type ApiServer } from './api.ts';
import { createCgroup } from './cgroups.ts';
import { apiOf, describeCluster, requireReadyNode, type Cluster } from './cluster.ts';
import { importArchive } from './load.ts';
import type { ClusterPaths } from './paths.ts';
import { ADMIN, CONTROLLER_MANAGER, createPki, writeKubeconfig, type ClientIdentity } from './pki.ts';
import { nodePid, readDaemon, writeRecord, type DaemonRecord, type Intent } from './record.ts';
import { toolPath, toolsFingerprint } from './tools.ts';
import { NODE_ADDRESS, NODE_NAME, nodeUnits } from './units.ts';

const CLIENTS: ClientIdentity[] = [
  ADMIN,
  CONTROLLER_MANAGER,
  { name: 'scheduler', user: 'system:kube-scheduler' },
  { name: 'kube-proxy', user: 'system:kube-proxy' },
  { name: 'kubelet', user: `system:node:${NODE_NAME}`, group: 'system:nodes' },
  { name: 'coredns', user: 'system:coredns' },
  { name: 'local-path-provisioner', user: 'local-path-provisioner', group: 'system:masters' },
];

const HOSTS = [
  ...['127.0.0.1', 'localhost', NODE_ADDRESS, '10.96.0.1', NODE_NAME],
  ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
];

/** Starts a cluster where there is none; returns once pods can be created. */
export async function startCluster(paths: ClusterPaths, archives: string[], log: StepLog): Promise<Cluster> {
  const generation = randomBytes(4).toString('hex');
  const intent: Intent = { generation, fingerprint: toolsFingerprint(), createdAt: new Date().toISOString(), complete: false };
  await writeNodeFiles(paths);
  writeRecord(paths.intent, intent);
  createCgroup(paths.cgroup);
  const record = await startDaemon(paths, generation);
  const server = apiOf(paths, record);
  const { kubeconfig, pki, id } = paths;
  writeKubeconfig(kubeconfig, { pki, server: `https://127.0.0.1:${record.port}`, client: ADMIN.name, name: `e2e-${id}` });
  await Promise.all([importBaseImages(paths, record, archives), startAddons(paths, server, log)]);
  writeRecord(paths.intent, { ...intent, complete: true });
  return describeCluster(paths, record);
}

async function writeNodeFiles(paths: ClusterPaths): Promise<void> {
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  for (const folder of [paths.units, paths.logs, join(paths.stateDir, 'kubeconfigs')]) mkdirSync(folder, { recursive: true });
  // A copy: the clone may change under a running cluster, whose programs are started again from here when they end.
  cpSync(join(import.meta.dirname, 'node'), paths.config, { recursive: true });
  for (const [name, script] of Object.entries(nodeUnits(paths.cgroup))) {
    writeFileSync(join(paths.units, name), script);
    chmodSync(join(paths.units, name), 0o755);
  }
  await createPki(paths.pki, HOSTS, CLIENTS);
  for (const { name } of CLIENTS) {
    const file = join(paths.stateDir, 'kubeconfigs', name);
    writeKubeconfig(file, { pki: paths.pki, server: 'https://127.0.0.1:6443', client: name, name: 'e2e' });
  }
}

async function startDaemon(paths: ClusterPaths, generation: string): Promise<DaemonRecord> {
  const log = openSync(join(paths.logs, 'daemon.log'), 'a');
  const args = [join(import.meta.dirname, 'daemon.ts'), paths.stateDir, generation, paths.cgroup];
  // A session of its own and no terminal: it stays when the caller and the caller's terminal go.
  const daemon = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  daemon.unref();
  return waitFor('the node to start', 20, () => {
    const record = readDaemon(paths, generation);
    if (record?.node === undefined) throw new StepError(readFileSync(join(paths.logs, 'daemon.log'), 'utf8') || 'no word from the daemon');
    if (!isAlive(record.node)) throw new StepError(`it ended at once: ${readFileSync(join(paths.logs, 'node.log'), 'utf8')}`);
    return record;
  });
}

async function importBaseImages(paths: ClusterPaths, record: DaemonRecord, archives: string[]): Promise<void> {
  const pid = await waitFor('containerd', 60, () => {
    const first = nodePid(record);
    if (first === undefined) throw new StepError('the node has ended');
    if (!existsSync(`/proc/${first}/root/run/containerd/containerd.sock`)) throw new StepError('it has no socket yet');
    return first;
  });
  for (const archive of archives) await importArchive(paths, pid, archive);
}

async function startAddons(paths: ClusterPaths, server: ApiServer, log: StepLog): Promise<void> {
  await waitFor('the API server', 120, () => apiGet(server, '/readyz'));
  await log.run(toolPath('kubectl'), ['--kubeconfig', paths.kubeconfig, 'apply', '-f', join(paths.config, 'addons.yaml')]);
  await waitFor('the node', 120, () => requireReadyNode(server));
  // Before the controller has made it, the first pod somebody creates would be refused.
  await waitFor('the default service account', 60, () => apiGet(server, '/api/v1/namespaces/default/serviceaccounts/default'));
}
