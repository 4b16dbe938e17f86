// P10 and P13: how long a Database takes from created until Ready, and what is written at the API server meanwhile.
import type { Cluster } from '../../cluster/index.ts';
import { kubectlFor, type Kubectl, type KubeObject } from '../../harness/kubectl.ts';
import { database, waitFor } from '../../harness/story.ts';
import { auditEnd, byUser, writesSince, type AuditLine } from './audit.ts';
import { FLOOR, floorServers, floorService } from './floor.ts';

export const IMAGE = 'postgres:15';

/** One that came up. */
export interface Start {
  readonly seconds: number;
  readonly writes: readonly AuditLine[];
}

/** What comes up, by what it is called in the rounds. */
export const STARTERS = { floor: 'a bare StatefulSet, 1 server', one: 'a Database, 1 server', three: 'a Database, 3 servers' } as const;
export type Starter = keyof typeof STARTERS;

type Coming = { readonly before: readonly object[]; readonly object: object; readonly resource: string; readonly isUp: (object: KubeObject) => boolean };

const aDatabase = (replicas: number): Coming => ({
  before: [],
  object: database('shop', { image: IMAGE, replicas }),
  resource: 'database/shop',
  isUp: ({ status }) => status?.phase === 'Ready' && status['readyReplicas'] === replicas,
});

const COMING: Readonly<Record<Starter, Coming>> = {
  floor: { before: [floorService], object: floorServers(IMAGE), resource: `statefulset/${FLOOR}`, isUp: ({ status }) => status?.['readyReplicas'] === 1 },
  one: aDatabase(1),
  three: aDatabase(3),
};

/** Brings one up in a namespace of its own, which goes afterwards. */
export async function startOf(cluster: Cluster, starter: Starter): Promise<Start> {
  const { before, object, resource, isUp } = COMING[starter];
  return inNamespace(cluster, `bench-${starter}`, async (kubectl) => {
    for (const needed of before) await kubectl.apply(needed);
    const from = auditEnd(cluster.auditLog);
    const startedAt = performance.now();
    await kubectl.apply(object);
    await waitFor(kubectl, resource, { what: 'being up', wanted: isUp, seconds: 240 });
    const seconds = (performance.now() - startedAt) / 1000;
    const writes = writesSince(cluster.auditLog, from);
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
