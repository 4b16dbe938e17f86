import { childNames, isFencedStep, LABEL_FENCED, LABEL_ROLE, POSTGRES_PORT, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { stamped } from '../../reconcile/drift.ts';
import { childMetadata, podLabels } from './metadata.ts';

/** Value of {@link LABEL_ROLE}. All pods of a StatefulSet are made with the same labels, so that this one is set on pods that are there. */
export const STANDBY = 'standby';

const port = { name: 'postgres', port: POSTGRES_PORT, targetPort: 'postgres', protocol: 'TCP' };

/** Makes a selector match nothing while clients are kept out: no pod has that label. The Service stays, with its address. */
const fence = ({ status }: Database): Record<string, string> => (isFencedStep(status?.upgrade?.step) ? { [LABEL_FENCED]: 'true' } : {});

/**
 * Service <db>: the primary, which is ordinal 0, ready or not. There is no other to lead clients to: a server that starts says so itself, and
 * they are served from its first second on. Without an address the node refuses them instead, six times at once and then once a second
 * (Linux, icmp_ratelimit); all other attempts get no answer and wait.
 */
export function desiredService(database: Database): Writable {
  const { name } = database.metadata;
  const selector = { ...podLabels(name), 'statefulset.kubernetes.io/pod-name': `${childNames(name).statefulSet}-0`, ...fence(database) };
  return stamped({ apiVersion: 'v1', kind: 'Service', metadata: childMetadata(database, childNames(name).service), spec: { type: 'ClusterIP', publishNotReadyAddresses: true, selector, ports: [port] } } as Writable);
}

/** Service <db>-ro: the standbys that are ready. */
export function desiredReadOnlyService(database: Database): Writable {
  const { name } = database.metadata;
  const selector = { ...podLabels(name), [LABEL_ROLE]: STANDBY, ...fence(database) };
  return stamped({ apiVersion: 'v1', kind: 'Service', metadata: childMetadata(database, childNames(name).readOnlyService), spec: { type: 'ClusterIP', selector, ports: [port] } } as Writable);
}

/** Service <db>-headless: the DNS names of the pods, also of those that are not ready yet. */
export function desiredHeadlessService(database: Database): Writable {
  const { name } = database.metadata;
  const spec = { clusterIP: 'None', publishNotReadyAddresses: true, selector: podLabels(name), ports: [port] };
  return stamped({ apiVersion: 'v1', kind: 'Service', metadata: childMetadata(database, childNames(name).headlessService), spec } as Writable);
}
