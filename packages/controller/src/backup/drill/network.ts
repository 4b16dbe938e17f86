// Whom the pods of a drill may talk to. Pure.
import { controllerReference, LABEL_DATABASE, LABEL_DRILL, LABEL_MANAGED_BY, MANAGED_BY, type Backup } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { nameOfWork } from '../../run/desired-job.ts';
import type { StorageFolder } from '../../run/location.ts';

/**
 * The policy for all drills of a Backup: nobody reaches them, and they reach nobody. Where the backup is in a bucket, whose address is not known here,
 * the way out is left to the namespace's own policies. It goes with its Backup.
 */
export function desiredNetworkPolicy(backup: Backup, { type }: StorageFolder): Writable {
  const { name, namespace } = backup.metadata;
  const drills = { [LABEL_DRILL]: name };
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_DATABASE]: backup.spec.databaseRef.name, ...drills };
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: nameOfWork(backup, 'drill'), namespace, labels, ownerReferences: [controllerReference(backup)] },
    // A direction that is named, and for which nothing is allowed, is closed.
    spec: { podSelector: { matchLabels: drills }, policyTypes: type === 'claim' ? ['Ingress', 'Egress'] : ['Ingress'] },
  };
  return policy;
}
