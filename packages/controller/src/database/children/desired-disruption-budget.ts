// How many servers of a Database may be taken down at once for the sake of their nodes.
import { childNames, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { stamped } from '../../reconcile/drift.ts';
import { childMetadata, podLabels } from './metadata.ts';

/**
 * One at a time, so that a drain waits until a standby is back and has caught up. A Database of one server has none and lets it go: a drain
 * that never ends would not keep it available, and it is back on another node in seconds.
 */
export function desiredDisruptionBudget(database: Database): Writable {
  const { name } = database.metadata;
  const spec = { maxUnavailable: 1, selector: { matchLabels: podLabels(name) } };
  return stamped({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: childMetadata(database, childNames(name).disruptionBudget), spec } as Writable);
}
