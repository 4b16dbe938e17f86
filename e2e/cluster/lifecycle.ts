import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, StepError } from '../lib/error.ts';
import { withLock } from '../lib/lock.ts';
import { ensurePrerequisites } from '../lib/packages.ts';
import { isAlive, kill } from '../lib/process.ts';
import { run } from '../lib/run.ts';
import { step } from '../lib/step.ts';
import { waitFor } from './api.ts';
import { ensureBaseImages } from './base-images.ts';
import { removeCgroup } from './cgroups.ts';
import { apiOf, describeCluster, requireHealthy, type Cluster } from './cluster.ts';
import { clusterPaths, type ClusterPaths } from './paths.ts';
import { allDaemons, readDaemon, readIntent } from './record.ts';
import { startCluster } from './start.ts';
import { clusterTools, ensureTools, GO_MODULE, missingTools, toolsFingerprint } from './tools.ts';

const DEBIAN_PACKAGES = [
  ...['containerd', 'runc', 'containernetworking-plugins', 'nftables', 'busybox-static', 'gcc', 'libc6-dev'],
  ...['iproute2', 'mount', 'openssl', 'util-linux', 'tar'],
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
    return step('Starting the cluster', { usually: '5 s' }, (log) => startCluster(paths, archives, log));
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
    console.error(`The running cluster is not healthy and is replaced: ${messageOf(error)}`);
    return undefined;
  }
  if (intent.fingerprint !== toolsFingerprint()) {
    console.error('The running cluster was started with other tool versions; `down` and `up` replace it.');
  }
  return describeCluster(paths, record);
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
