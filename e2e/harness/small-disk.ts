// Claims whose disk is full soon, or read-only: the memory of a pod, as a volume of the node it runs on.
import { afterAll } from 'vitest';
import { NODE_STATE } from '../cluster/paths.ts';
import { NODE_NAME } from '../cluster/units.ts';
import type { Kubectl } from './kubectl.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD, waitUntilReady } from './pods.ts';

export interface SmallDisk {
  /** Name of the claim, and of its pod. */
  readonly claim: string;
  /** Such as 8Mi. */
  readonly size: string;
  readonly readOnly?: boolean;
}

/** Call it where a story is described: its volumes are no part of a namespace, and are removed afterwards. */
export function smallDisks(kubectl: Kubectl): (disk: SmallDisk) => Promise<void> {
  const volumes: string[] = [];
  afterAll(async () => {
    if (volumes.length > 0) await kubectl('delete', 'persistentvolume', ...volumes, '--wait=false');
  });
  return async ({ claim, size, readOnly = false }) => {
    await kubectl.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: claim }, spec: podOf(size) });
    await waitUntilReady(kubectl, claim);
    const uid = (await kubectl.get('pod', claim))?.metadata.uid ?? '';
    const volume = `${kubectl.namespace}-${claim}`;
    volumes.push(volume);
    const capacity = { storage: size };
    const common = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
    const local = { path: `${NODE_STATE}/kubelet/pods/${uid}/volumes/kubernetes.io~empty-dir/disk` };
    const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] }] }] } };
    const spec = { ...common, capacity, local, nodeAffinity, persistentVolumeReclaimPolicy: 'Retain', ...(readOnly && { mountOptions: ['ro'] }) };
    await kubectl.apply({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: volume }, spec });
    await kubectl.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: claim }, spec: { ...common, volumeName: volume, resources: { requests: capacity } } });
  };
}

const podOf = (size: string): object => ({
  terminationGracePeriodSeconds: 0,
  securityContext: RESTRICTED_POD,
  containers: [{ name: 'disk', image: 'postgres:14', imagePullPolicy: 'IfNotPresent', command: ['tail', '-f', '/dev/null'], securityContext: RESTRICTED_CONTAINER, volumeMounts: [{ name: 'disk', mountPath: '/disk' }] }],
  volumes: [{ name: 'disk', emptyDir: { medium: 'Memory', sizeLimit: size } }],
});
