// npm run rights: which of the rights that the chart gives the controller were used on this clone's cluster since it is up. One that no
// story of a whole `npm test` used could be taken away without a test that notices, so it fails that run.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ensureCluster, type Cluster } from '../cluster/index.ts';
import { CONTROLLER_DEPLOYMENT, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { grantsOf, usedIn, type Grant } from './grants.ts';

const ACCOUNT = `system:serviceaccount:${OPERATOR_NAMESPACE}:${CONTROLLER_DEPLOYMENT}`;

/** The rights that were not used since a time (milliseconds since 1970), by the cluster's audit log. */
export async function unusedRights({ auditLog }: Pick<Cluster, 'auditLog'>, since: number): Promise<Grant[]> {
  const unused = new Set(grantsOf());
  for await (const line of createInterface(createReadStream(auditLog))) for (const right of usedIn(line, ACCOUNT, since)) unused.delete(right);
  return [...unused];
}

/** A line for each unused right, or one that says that there is none. */
export function sayRights(unused: readonly Grant[]): string[] {
  const all = grantsOf().length;
  if (unused.length === 0) return [`✓ All ${all} rights of the controller were used`];
  return unused.map((right) => `✗ The controller may "${right}" and never did: take the rule out of packages/controller/src/rbac.ts, or have a story that needs it`);
}

if (import.meta.main) for (const line of sayRights(await unusedRights(await ensureCluster(), 0))) console.log(line);
