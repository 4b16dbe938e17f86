// A pod that can read where a backup is, for as long as it is downloaded. Pure.
import { CREDENTIALS_FOLDER, STORAGE_CREDENTIALS, STORAGE_FOLDER, type Backup, type StorageFolder } from '@postgres-operator/api';
import type { Writable } from '@postgres-operator/controller/kube/client';
import type { Stand } from '../wait/stand.ts';
import type { Pod } from '../status/servers.ts';
import type { Runner } from './runner.ts';

/** uid and gid of the runner, whose files these are. */
const RUNNER_ID = 65532;
/** Seconds after which it ends by itself, should nobody be left to delete it. */
const LONGEST = 6 * 3600;

/** What it is made for. */
export interface ReaderInput {
  readonly name: string;
  readonly runner: Runner;
  readonly place: StorageFolder;
}

/** The pod: the runner's image, with what it may read and nothing else, Pod Security "restricted", without a token; it does nothing of itself. */
export function desiredReader(backup: Backup, { name, runner, place }: ReaderInput): Writable {
  const { image, imagePullPolicy, imagePullSecrets } = runner;
  const mounts = mountsOf(place, runner);
  const container = {
    name: 'reader',
    image,
    ...(imagePullPolicy !== undefined && { imagePullPolicy }),
    command: ['tail', '-f', '/dev/null'],
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: mounts.map(({ volume, path }) => ({ name: volume.name, mountPath: path, readOnly: true })),
  };
  const spec = {
    ...scheduling(backup),
    ...(imagePullSecrets && { imagePullSecrets }),
    restartPolicy: 'Never',
    activeDeadlineSeconds: LONGEST,
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: RUNNER_ID, runAsGroup: RUNNER_ID, fsGroup: RUNNER_ID, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes: mounts.map(({ volume }) => volume),
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: backup.metadata.namespace }, spec } as Writable;
}

function mountsOf({ type, name }: StorageFolder, { secret }: Runner): { readonly volume: { readonly name: string }; readonly path: string }[] {
  if (type === 'claim') return [{ volume: { name: 'storage', persistentVolumeClaim: { claimName: name, readOnly: true } } as { readonly name: string }, path: STORAGE_FOLDER }];
  if (secret === undefined) return [];
  const { folder, files } = STORAGE_CREDENTIALS;
  const source = { secret: { name: secret, items: files.map((key) => ({ key, path: `${folder}/${key}` })), optional: true } };
  return [{ volume: { name: 'credentials', projected: { defaultMode: 0o440, sources: [source] } } as { readonly name: string }, path: CREDENTIALS_FOLDER }];
}

/** Where the Backup's own Jobs run, and as whom: a cloud may give its account the right to read the bucket. */
function scheduling({ spec }: Backup): object {
  const { nodeSelector, tolerations, affinity, priorityClassName, serviceAccountName } = spec.jobTemplate ?? {};
  return Object.fromEntries(Object.entries({ nodeSelector, tolerations, affinity, priorityClassName, serviceAccountName }).filter(([, value]) => value !== undefined));
}

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
