// The lease of the leader election, kept as a coordination.k8s.io Lease.
import type { ObjectKey } from '@postgres-operator/api';
import type { LeaseRecord } from '../runtime/lease.ts';
import type { LeaseLock } from '../runtime/leader-election.ts';
import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';
import { RESOURCES, type LeaseObject } from './resources.ts';

/** The API server refuses any other number of digits than six. */
const microTime = (at: number): string => new Date(at).toISOString().replace('Z', '000Z');

const timeOf = (text: string | undefined): number => Date.parse(text ?? '') || 0;

/** Reads a Lease; what somebody else left out of it counts as free. */
export const recordOf = ({ spec = {} }: LeaseObject): LeaseRecord => ({
  holder: spec.holderIdentity ?? '',
  durationSeconds: spec.leaseDurationSeconds ?? 0,
  acquiredAt: timeOf(spec.acquireTime),
  renewedAt: timeOf(spec.renewTime),
  transitions: spec.leaseTransitions ?? 0,
});

const specOf = ({ holder, durationSeconds, acquiredAt, renewedAt, transitions }: LeaseRecord): LeaseObject['spec'] => ({
  // A Lease that nobody holds has no holder: an empty one is refused.
  ...(holder !== '' && { holderIdentity: holder }),
  leaseDurationSeconds: durationSeconds,
  acquireTime: microTime(acquiredAt),
  renewTime: microTime(renewedAt),
  leaseTransitions: transitions,
});

/** One candidate's view of a Lease. */
export function kubeLease(kube: KubeClient, { namespace, name }: ObjectKey): LeaseLock {
  let last: LeaseObject | undefined;
  return {
    async read(signal) {
      try {
        last = await kube.get(RESOURCES.leases, { namespace, name }, signal);
        return recordOf(last);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async create(record, signal) {
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec: specOf(record) };
      last = await kube.create(RESOURCES.leases, lease, signal);
    },
    async update(record, signal) {
      if (last === undefined) throw new Error(`Lease ${namespace}/${name} was not read yet`);
      // The whole object with its resourceVersion: refused when anybody wrote it since, and labels of others stay.
      const lease = { ...last, spec: specOf(record) };
      last = await kube.update(RESOURCES.leases, lease, signal);
    },
  };
}
