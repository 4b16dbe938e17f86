// P10 and P13: how long a Database takes from created until Ready, and what is written at the API server meanwhile.
import type { Cluster } from '../../cluster/index.ts';
import { AdminApi, type ApiObject } from '../../campaigns/api.ts';
import { pathOf } from '../../campaigns/objects.ts';
import { waitFor } from '../../cluster/api.ts';
import { kubectlFor, type Kubectl } from '../../harness/kubectl.ts';
import { database } from '../../harness/story.ts';
import { auditEnd, byUser, writesSince, type AuditLine } from './audit.ts';
import { floorServers, floorService } from './floor.ts';

export const IMAGE = 'postgres:15';

/** One that came up. */
export interface Start {
  readonly seconds: number;
  readonly writes: readonly AuditLine[];
}

/** What comes up, by what it is called in the rounds. */
export const STARTERS = { floor: 'a bare StatefulSet, 1 server', one: 'a Database, 1 server', three: 'a Database, 3 servers' } as const;
export type Starter = keyof typeof STARTERS;

interface Coming {
  /** What it needs, and nobody waits for. */
  readonly before: readonly object[];
  readonly object: object & { readonly metadata: { readonly name: string } };
  /** Where it is created. */
  readonly path: (namespace: string) => string;
  readonly isUp: (status: ApiObject['status']) => boolean;
}

const aDatabase = (replicas: number): Coming => ({
  before: [],
  object: database('shop', { image: IMAGE, replicas }),
  path: (namespace) => pathOf('Database', namespace),
  isUp: (status) => status?.phase === 'Ready' && status['readyReplicas'] === replicas,
});

const COMING: Readonly<Record<Starter, Coming>> = {
  floor: { before: [floorService], object: floorServers(IMAGE), path: (namespace) => `/apis/apps/v1/namespaces/${namespace}/statefulsets`, isUp: (status) => status?.['readyReplicas'] === 1 },
  one: aDatabase(1),
  three: aDatabase(3),
};

/** Brings one up in a namespace of its own, which goes afterwards. */
export async function startOf(cluster: Cluster, starter: Starter): Promise<Start> {
  const { before, object, path, isUp } = COMING[starter];
  const namespace = `bench-${starter}`;
  return inNamespace(cluster, namespace, async (kubectl) => {
    for (const needed of before) await kubectl.apply(needed);
    // Not by kubectl: on a busy machine each of its processes takes a second.
    const api = new AdminApi(cluster.kubeconfig);
    const from = auditEnd(cluster.auditLog);
    const startedAt = performance.now();
    await api.create(path(namespace), object);
    await waitFor(`${STARTERS[starter]} to be up`, 240, async () => {
      const { status } = (await api.get(`${path(namespace)}/${object.metadata.name}`)) ?? {};
      if (!isUp(status)) throw new Error(`it is ${JSON.stringify(status)}`);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const writes = writesSince(cluster.auditLog, from);
    api.close();
    console.error(`  ${STARTERS[starter]}: ${seconds.toFixed(1)} s, ${writes.length} writes: ${byUser(writes)}`);
    return { seconds, writes };
  });
}

/** Does something in a namespace that is made for it, and is gone afterwards: what goes must not count for what comes next. */
export async function inNamespace<T>(cluster: Cluster, namespace: string, work: (kubectl: Kubectl) => Promise<T>): Promise<T> {
  const kubectl = kubectlFor(cluster, namespace);
  const remove = (): Promise<string> => kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s');
  await remove();
  await kubectl('create', 'namespace', namespace);
  try {
    return await work(kubectl);
  } finally {
    await remove();
  }
}
