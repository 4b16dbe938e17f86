// The servers of a Database, as a person asks for them. Pure.
import type { Database } from '@postgres-operator/api';
import type { RESOURCES, ResourceType } from '@postgres-operator/controller/kube/resources';

type Holds<T> = T extends ResourceType<infer R> ? R : never;
/** A pod, as the API server returns it. */
export type Pod = Holds<(typeof RESOURCES)['pods']>;

/** A server: a pod that is there or should be. */
export interface Server {
  readonly name: string;
  readonly role: 'primary' | 'standby';
  /** Ready, or what its pod says. Absent: this person may not list pods. */
  readonly state?: string;
  readonly node?: string;
  /** Bytes of WAL that a standby had not replayed, and seconds until a row arrived, when the operator last looked. */
  readonly lagBytes?: number;
  readonly lagSeconds?: number;
  /** What the last consistency check saw of a standby. */
  readonly replication?: string;
  readonly checkedAt?: string;
}

/** The servers that are wanted, the primary first, and those beyond that are still there. */
export function serversOf({ metadata, spec, status }: Database, pods: readonly Pod[] | undefined): Server[] {
  const ofSet = (pods ?? []).filter((pod) => pod.metadata.ownerReferences?.some(({ kind, name }) => kind === 'StatefulSet' && name === metadata.name));
  const ordinals = ofSet.map((pod) => Number(pod.metadata.name.slice(metadata.name.length + 1)));
  const count = Math.max(spec.replicas, ...ordinals.map((ordinal) => ordinal + 1));
  return Array.from({ length: count }, (_, ordinal) => {
    const name = `${metadata.name}-${ordinal}`;
    const pod = ofSet.find((one) => one.metadata.name === name);
    return {
      name,
      role: ordinal === 0 ? 'primary' : 'standby',
      ...(pods !== undefined && { state: stateOf(pod) }),
      ...(pod?.spec?.nodeName !== undefined && { node: pod.spec.nodeName }),
      ...replicationOf(status?.replication?.find((one) => one.name === name)),
    };
  });
}

function replicationOf(seen: NonNullable<NonNullable<Database['status']>['replication']>[number] | undefined): Pick<Server, 'replication' | 'checkedAt' | 'lagBytes' | 'lagSeconds'> {
  if (seen === undefined) return {};
  const { state, observedAt, lagBytes, lagSeconds } = seen;
  return { replication: state, checkedAt: observedAt, ...(lagBytes !== undefined && { lagBytes }), ...(lagSeconds !== undefined && { lagSeconds }) };
}

/** What a pod is at, in one word where Kubernetes has one. */
function stateOf(pod: Pod | undefined): string {
  if (pod === undefined) return 'Missing';
  const { metadata, status = {} } = pod;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true) return 'Ready';
  const reasons = (status.containerStatuses ?? []).map(({ state: { waiting, terminated } = {} }) => (waiting ?? terminated)?.reason);
  return reasons.find((reason) => reason !== undefined) ?? (status.phase === 'Running' ? 'NotReady' : (status.phase ?? 'Pending'));
}
