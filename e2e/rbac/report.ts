// npm run rights: which of the rights that the chart gives the controller were used on this clone's cluster since it is up. After
// `npm test`, a right that no story used is one that could be taken away without a test that notices.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ensureCluster, type Cluster } from '../cluster/index.ts';
import { CONTROLLER_DEPLOYMENT, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { grantsOf, usedIn, type Grant } from './grants.ts';

const ACCOUNT = `system:serviceaccount:${OPERATOR_NAMESPACE}:${CONTROLLER_DEPLOYMENT}`;

/** The rights that were never used, by the cluster's audit log. */
export async function unusedRights({ auditLog }: Pick<Cluster, 'auditLog'>): Promise<Grant[]> {
  const unused = new Set(grantsOf());
  for await (const line of createInterface(createReadStream(auditLog))) unused.delete(usedIn(line, ACCOUNT) ?? '');
  return [...unused];
}

/** Says it in one line. */
export async function reportRights(cluster: Pick<Cluster, 'auditLog'>): Promise<void> {
  const unused = await unusedRights(cluster);
  console.error(`▸ Of ${grantsOf().length} rights of the controller ${unused.length === 0 ? 'all were used' : `these were not used: ${unused.join(', ')}`}`);
}

if (import.meta.main) await reportRights(await ensureCluster());
