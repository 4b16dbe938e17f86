// The Job of a run: a runner pod with nothing in it but what this run needs. Pure.
import {
  childNames,
  controllerReference,
  CREDENTIALS_FOLDER,
  LABEL_DATABASE,
  LABEL_MANAGED_BY,
  LABEL_RUN,
  MANAGED_BY,
  RUN_REQUEST_VARIABLE,
  SCRATCH_FOLDER,
  shortUid,
  STORAGE_CREDENTIALS,
  STORAGE_FOLDER,
  type Backup,
  type JobTemplate,
  type Restore,
  type RunRequest,
  type StorageFolder,
} from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';

/** An object that a run works for. */
export type RunObject = Backup | Restore;

/** The container that works and reports. */
export const RUNNER_CONTAINER = 'runner';
/** uid and gid of the runner image. */
const RUNNER_UID = 65532;
/** The longest time from the stop signal until the runner has cleaned up. */
const STOP_SECONDS = 30;

/** A credential that a run gets: the identity's folder, and where its two files come from. */
export interface Identity {
  readonly name: 'backup' | 'superuser' | 'owner';
  readonly secret: string;
  readonly usernameKey: string;
  readonly passwordKey: string;
}

/** The identities of a Database's server, by name. */
export const identitiesOf = (database: string): Record<Identity['name'], Identity> => {
  const { internal, credentials } = childNames(database);
  return {
    backup: { name: 'backup', secret: internal, usernameKey: 'backup-username', passwordKey: 'backup-password' },
    superuser: { name: 'superuser', secret: internal, usernameKey: 'username', passwordKey: 'password' },
    owner: { name: 'owner', secret: credentials, usernameKey: 'username', passwordKey: 'password' },
  };
};

/** The place that a run reads or writes. */
export interface JobStorage {
  readonly folder: StorageFolder;
  readonly readOnly: boolean;
  /** The Secret with the keys of the bucket. */
  readonly secret: string | undefined;
}

/** A container that serves the runner while it works, with the volumes that come with it. */
export interface Sidecar {
  /** Of the pod's initContainers, with restartPolicy Always. */
  readonly container: object;
  readonly volumes: readonly object[];
  /** What the runner sees of them. */
  readonly mounts: readonly object[];
}

/** What a runner's pod is made of. */
export interface RunnerInput {
  readonly request: RunRequest;
  readonly identities: readonly Identity[];
  /** Absent for work on the server alone. */
  readonly storage?: JobStorage;
  readonly sidecar?: Sidecar;
  readonly config: Pick<Config, 'runnerImage' | 'runnerImagePullPolicy' | 'runnerImagePullSecrets'>;
}

/** The Job of a run. */
export interface JobInput extends RunnerInput {
  readonly owner: RunObject;
  /** Absent: that of the present attempt. */
  readonly name?: string;
  /** Absent: that of the spec. */
  readonly activeDeadlineSeconds?: number;
}

/** The key of the Database that a run is for. */
export const databaseKeyOf = ({ metadata, spec }: RunObject): string => `${metadata.namespace}/${spec.databaseRef.name}`;

/** Number of the attempt that a run is at, from 1. */
export const attemptOf = ({ status }: RunObject): number => status?.attempt ?? 1;

/** Each attempt has a Job of its own. */
export const jobName = (run: RunObject, attempt = attemptOf(run)): string => nameOfWork(run, String(attempt));

/** A name becomes a label of the Job's pod. */
const MAX_JOB_NAME_LENGTH = 63;

/** The name of a Job for a run. Where it is too long, the object's name is cut: the UID makes it the only one all the same. */
export function nameOfWork({ metadata }: Pick<RunObject, 'metadata'>, what: string): string {
  const end = `-${shortUid(metadata.uid)}-${what}`;
  return `${metadata.name.slice(0, MAX_JOB_NAME_LENGTH - end.length)}${end}`;
}

/** The Job of a run. */
export function desiredJob(input: JobInput): Writable {
  const { owner } = input;
  const { databaseRef, jobTemplate, activeDeadlineSeconds } = owner.spec;
  return runnerJob({
    ...input,
    name: input.name ?? jobName(owner),
    database: databaseRef.name,
    label: { [LABEL_RUN]: owner.kind.toLowerCase() },
    activeDeadlineSeconds: input.activeDeadlineSeconds ?? activeDeadlineSeconds,
    ...(jobTemplate && { jobTemplate }),
  });
}

/** A Job with a runner, for any object. */
export interface RunnerJobInput extends RunnerInput {
  readonly owner: Owner;
  readonly name: string;
  /** Name of the Database that it works on. */
  readonly database: string;
  /** Tells its Jobs and pods from those of other work. */
  readonly label: Readonly<Record<string, string>>;
  readonly activeDeadlineSeconds: number;
  /** Seconds after which an ended Job goes. Absent: it stays as long as its owner. */
  readonly ttlSeconds?: number;
  readonly jobTemplate?: JobTemplate;
}

type Owner = Parameters<typeof controllerReference>[0];

/** The Job of a runner. */
export function runnerJob(input: RunnerJobInput): Writable {
  const { owner, ttlSeconds } = input;
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_DATABASE]: input.database, ...input.label };
  const metadata = { name: input.name, namespace: owner.metadata.namespace, labels, ownerReferences: [controllerReference(owner)] };
  const spec = {
    // The operator owns retries: each attempt is a Job that can be seen.
    backoffLimit: 0,
    completions: 1,
    parallelism: 1,
    podReplacementPolicy: 'Failed',
    activeDeadlineSeconds: input.activeDeadlineSeconds,
    ...(ttlSeconds !== undefined && { ttlSecondsAfterFinished: ttlSeconds }),
    template: { metadata: { labels }, spec: podSpec(input) },
  };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec } as Writable;
}

const podSpec = (input: RunnerJobInput): object => ({
  // First, so that nothing in it takes the place of what makes the pod safe.
  ...scheduling(input.jobTemplate),
  ...(input.config.runnerImagePullSecrets.length > 0 && { imagePullSecrets: input.config.runnerImagePullSecrets.map((name) => ({ name })) }),
  restartPolicy: 'Never',
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: STOP_SECONDS,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: RUNNER_UID,
    runAsGroup: RUNNER_UID,
    fsGroup: RUNNER_UID,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  },
  ...(input.sidecar && { initContainers: [input.sidecar.container] }),
  containers: [container(input)],
  volumes: [
    ...credentialVolumes(input),
    ...storageVolumes(input),
    ...(input.sidecar?.volumes ?? []),
    { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
  ],
});

/** None for a run that needs none. */
function credentialVolumes(input: RunnerInput): object[] {
  const sources = [...input.identities.map(credentialSource), ...storageSources(input)];
  return sources.length === 0 ? [] : [{ name: 'credentials', projected: { defaultMode: 0o440, sources } }];
}

const credentialSource = ({ name, secret, usernameKey, passwordKey }: Identity): object => ({
  secret: { name: secret, items: [{ key: usernameKey, path: `${name}/username` }, { key: passwordKey, path: `${name}/password` }] },
});

/** Optional: keys that the Secret lacks are left out. Without any, the runner goes by the identity that a cloud gives its pod. */
function storageSources({ storage }: RunnerInput): object[] {
  const { folder, files } = STORAGE_CREDENTIALS;
  const secret = storage?.secret;
  return secret === undefined ? [] : [{ secret: { name: secret, items: files.map((key) => ({ key, path: `${folder}/${key}` })), optional: true } }];
}

const storageVolumes = ({ storage }: RunnerInput): object[] => [
  ...(storage?.folder.type === 'claim' ? [{ name: 'storage', persistentVolumeClaim: { claimName: storage.folder.name, readOnly: storage.readOnly } }] : []),
];

const storageMounts = ({ storage }: RunnerInput): object[] => [
  ...(storage?.folder.type === 'claim' ? [{ name: 'storage', mountPath: STORAGE_FOLDER, readOnly: storage.readOnly }] : []),
];

/** Only these: whatever else a pod has could be used to take its credentials. */
function scheduling({ nodeSelector, tolerations, affinity, priorityClassName, serviceAccountName }: JobTemplate = {}): object {
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(affinity && { affinity }),
    ...(priorityClassName && { priorityClassName }),
    ...(serviceAccountName && { serviceAccountName }),
  };
}

/** By resource: a limit of CPU alone does not take the limit of memory away. */
const resourcesOf = ({ resources }: JobTemplate = {}): object => ({
  requests: { cpu: '100m', memory: '128Mi', ...resources?.requests },
  limits: { memory: '512Mi', ...resources?.limits },
});

// The kubelet expands $(NAME) in the value of a variable and turns $$ into $: no dollar of a name may look like one.
const asVariable = (request: RunRequest): string => JSON.stringify(request).replaceAll('$', String.raw`\u0024`);

const container = (input: RunnerJobInput): object => ({
  name: RUNNER_CONTAINER,
  image: input.config.runnerImage,
  imagePullPolicy: input.config.runnerImagePullPolicy,
  env: [{ name: RUN_REQUEST_VARIABLE, value: asVariable(input.request) }],
  // The tail of a log may hold what must not be in a status, so a missing result is never replaced by it.
  terminationMessagePolicy: 'File',
  resources: resourcesOf(input.jobTemplate),
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  volumeMounts: [
    ...credentialVolumes(input).map(() => ({ name: 'credentials', mountPath: CREDENTIALS_FOLDER, readOnly: true })),
    ...storageMounts(input),
    ...(input.sidecar?.mounts ?? []),
    { name: 'scratch', mountPath: SCRATCH_FOLDER },
    { name: 'tmp', mountPath: '/tmp' },
  ],
});
