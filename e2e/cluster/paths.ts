import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, stateHome } from '../lib/cache.ts';

/** Where the state folder of a cluster is seen inside its node; short, because overlay mounts spell it out once a layer. */
export const NODE_STATE = '/run/node';

/** Names and places of one cluster. There is one a clone, told apart by the path of the clone. */
export interface ClusterPaths {
  id: string;
  /** Everything the cluster writes; `down` removes it whole. */
  stateDir: string;
  /** Outside the state folder: it is held while that folder is removed. */
  lock: string;
  loadLock: string;
  intent: string;
  loaded: string;
  kubeconfig: string;
  pki: string;
  units: string;
  config: string;
  logs: string;
  audit: string;
  /** Relative to the root of each cgroup hierarchy. */
  cgroup: string;
}

export function clusterPaths(clone: string = join(import.meta.dirname, '..', '..')): ClusterPaths {
  const id = clusterId(realpathSync(clone));
  const stateDir = join(stateHome(), id);
  return {
    id,
    stateDir,
    lock: join(cacheDir(), 'locks', `cluster-${id}.lock`),
    loadLock: join(cacheDir(), 'locks', `cluster-${id}-load.lock`),
    intent: join(stateDir, 'cluster.json'),
    loaded: join(stateDir, 'loaded-images.json'),
    kubeconfig: join(stateDir, 'kubeconfig'),
    pki: join(stateDir, 'pki'),
    units: join(stateDir, 'units'),
    config: join(stateDir, 'config'),
    logs: join(stateDir, 'logs'),
    audit: join(stateDir, 'logs', 'audit.log'),
    cgroup: `/postgres-operator-e2e/${id}`,
  };
}

export function clusterId(clone: string): string {
  return createHash('sha256').update(clone).digest('hex').slice(0, 12);
}
