// A pod that can read the claim of a backup, for as long as it is downloaded. Pure.
import type { Backup, StorageFolder } from '@postgres-operator/api';
import type { Writable } from '@postgres-operator/controller/kube/client';
import type { Stand } from '../wait/stand.ts';
import type { Pod } from '../status/servers.ts';

/** Where it has the claim. */
const MOUNT = '/backups';
/** uid and gid of the runner, whose files these are. */
const RUNNER_ID = 65532;
/** Seconds after which it ends by itself, should nobody be left to delete it. */
const LONGEST = 6 * 3600;

/** The pod: Pod Security "restricted", without a token, and of an image that is there anyway. */
export function desiredReader(backup: Backup, { name, image, claim }: { readonly name: string; readonly image: string; readonly claim: string }): Writable {
  const { namespace } = backup.metadata;
  const container = {
    name: 'reader',
    image,
    command: ['tail', '-f', '/dev/null'],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'backups', mountPath: MOUNT, readOnly: true }],
  };
  const spec = {
    restartPolicy: 'Never',
    activeDeadlineSeconds: LONGEST,
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: RUNNER_ID, runAsGroup: RUNNER_ID, fsGroup: RUNNER_ID, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes: [{ name: 'backups', persistentVolumeClaim: { claimName: claim, readOnly: true } }],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec } as Writable;
}

/** The path of a backup's folder in that pod. */
export const pathIn = ({ path }: StorageFolder): string => `${MOUNT}/${path}`;

/** How the pod stands; its end is that it runs. */
export function standOfReader(pod: Pod): Stand {
  const title = `Pod ${pod.metadata.name}`;
  const phase = pod.status?.phase ?? 'Pending';
  if (phase === 'Running') return { text: `${title} runs`, step: 'runs', end: 'well' };
  const why = whyOf(pod) ?? phase;
  return { text: `${title}: ${why}`, step: `${title} ${why}`, ...(phase !== 'Pending' && { end: 'badly' }) };
}

/** What keeps it, in the words of Kubernetes. */
function whyOf({ status = {} }: Pod): string | undefined {
  const [{ state: { waiting = {} } = {} } = {}] = status.containerStatuses ?? [];
  const unmet = status.conditions?.find((condition) => condition.status === 'False' && condition.message !== undefined);
  return status.message ?? waiting.message ?? waiting.reason ?? unmet?.message;
}
