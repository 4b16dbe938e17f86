import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StepError } from '../lib/error.ts';
import { withLock } from '../lib/lock.ts';
import { ensurePrerequisites } from '../lib/packages.ts';
import { isAlive, kill } from '../lib/process.ts';
import { run } from '../lib/run.ts';
import { step, type StepLog } from '../lib/step.ts';
import { apiGet, requireReadyNode, waitFor, type ApiServer } from './api.ts';
import { ensureBaseImages } from './base-images.ts';
import { createCgroup, removeCgroup } from './cgroups.ts';
import { importArchive } from './load.ts';
import { clusterPaths, type ClusterPaths } from './paths.ts';
import { ADMIN, CONTROLLER_MANAGER, createPki, writeKubeconfig, type ClientIdentity } from './pki.ts';
import { allDaemons, nodePid, readDaemon, readIntent, writeRecord, type DaemonRecord, type Intent } from './record.ts';
import { clusterTools, ensureTools, toolPath, toolsFingerprint, missingTools, GO_MODULE } from './tools.ts';
import { NODE_ADDRESS, NODE_NAME, nodeUnits } from './units.ts';

export interface Cluster {
  kubeconfig: string;
  /** Path of the binary. */
  kubectl: string;
  /** Path of the binary. */
  helm: string;
  stateDir: string;
  apiserverUrl: string;
  /** One JSON object a line: every request, without bodies. */
  auditLog: string;
}

const DEBIAN_PACKAGES = [
  ...['containerd', 'runc', 'containernetworking-plugins', 'nftables', 'busybox-static', 'gcc', 'libc6-dev'],
  ...['iproute2', 'mount', 'openssl', 'util-linux', 'tar'],
];

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

/** The cluster of this clone: the running one if it is healthy, else a new one in place of whatever is left of it. */
export async function ensureCluster(): Promise<Cluster> {
  const paths = clusterPaths();
  const running = await healthyCluster(paths);
  if (running !== undefined) return running;
  const missing = missingTools(clusterTools);
  await ensurePrerequisites({ debian: DEBIAN_PACKAGES, root: true, ...(missing.length > 0 ? { goModule: GO_MODULE } : {}) });
  await ensureTools(clusterTools);
  const archives = await ensureBaseImages();
  return withLock(paths.lock, async () => {
    // Another process may have started it while this one waited for the lock.
    const meanwhile = await healthyCluster(paths);
    if (meanwhile !== undefined) return meanwhile;
    await remove(paths);
    // Outside the state folder: the log has to be there when the folder is not.
    return step('Starting the cluster', { usually: '12 s' }, (log) => start(paths, archives, log));
  });
}

/** Ends the cluster of this clone and removes everything it left: processes, mounts, networks, cgroups and files. */
export async function destroyCluster(): Promise<void> {
  const paths = clusterPaths();
  await withLock(paths.lock, () => remove(paths));
}

async function healthyCluster(paths: ClusterPaths): Promise<Cluster | undefined> {
  const intent = readIntent(paths);
  const record = intent?.complete === true ? readDaemon(paths, intent.generation) : undefined;
  if (intent === undefined || record === undefined || !isAlive(record.daemon) || !isAlive(record.node)) return undefined;
  try {
    // Patient: a busy machine is no reason to throw away somebody's cluster.
    await waitFor('the running cluster', 20, () => requireHealthy(apiOf(paths, record)));
  } catch (error) {
    console.error(`The running cluster is not healthy and is replaced: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
  if (intent.fingerprint !== toolsFingerprint()) {
    console.error('The running cluster was started with other tool versions; `down` and `up` replace it.');
  }
  return describe(paths, record);
}

export async function requireHealthy(server: ApiServer): Promise<void> {
  await apiGet(server, '/readyz');
  await requireReadyNode(server, NODE_NAME);
}

export function apiOf(paths: ClusterPaths, record: DaemonRecord): ApiServer {
  return { port: record.port, pki: paths.pki };
}

function describe(paths: ClusterPaths, record: DaemonRecord): Cluster {
  return {
    kubeconfig: paths.kubeconfig,
    kubectl: toolPath('kubectl'),
    helm: toolPath('helm'),
    stateDir: paths.stateDir,
    apiserverUrl: `https://127.0.0.1:${record.port}`,
    auditLog: paths.audit,
  };
}

async function start(paths: ClusterPaths, archives: string[], log: StepLog): Promise<Cluster> {
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
  return describe(paths, record);
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
  await waitFor('the node', 120, () => requireReadyNode(server, NODE_NAME));
  // Before the controller has made it, the first pod somebody creates would be refused.
  await waitFor('the default service account', 60, () => apiGet(server, '/api/v1/namespaces/default/serviceaccounts/default'));
}

async function remove(paths: ClusterPaths): Promise<void> {
  // First: a daemon that is only just starting sees that nobody wants it any more. See daemon.ts.
  rmSync(paths.intent, { force: true });
  for (const record of allDaemons(paths)) {
    await kill(record.daemon);
    await kill(record.node);
  }
  await removeCgroup(paths.cgroup);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(` ${paths.stateDir}/`));
  if (mounts.length > 0) throw new StepError(`something is still mounted in ${paths.stateDir}, which is left alone:\n${mounts.join('\n')}`);
  await run('rm', ['-rf', '--one-file-system', paths.stateDir]);
  // The folder of all clusters, once it is empty.
  await run('rmdir', [dirname(paths.stateDir)], { accept: [1] });
}
