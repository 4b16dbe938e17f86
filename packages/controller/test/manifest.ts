// Looks at manifests the way a reviewer and an admission controller do.
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { Container, PodSpec, Volume } from 'kubernetes-types/core/v1.d.ts';

/** Compares an object with the YAML file of that name in test/golden; `vitest --update` writes it. */
export async function expectGolden(object: unknown, name: string): Promise<void> {
  const file = fileURLToPath(new URL(`golden/${name}.yaml`, import.meta.url));
  await expect(stringify(JSON.parse(JSON.stringify(object)), { lineWidth: 0 })).toMatchFileSnapshot(file);
}

/** The pod spec inside a Job or a StatefulSet. */
export function podSpecOf(object: object): PodSpec {
  const { spec } = object as { spec?: { template?: { spec?: PodSpec } } };
  if (spec?.template?.spec === undefined) throw new Error('the object has no pod template');
  return spec.template.spec;
}

const RESTRICTED_VOLUMES = ['name', 'configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

const containersOf = (pod: PodSpec): Container[] => [...(pod.initContainers ?? []), ...pod.containers];

/** What Pod Security level `restricted` has against a pod; empty when it lets it in. */
export function restrictedViolations(pod: PodSpec): string[] {
  const { securityContext: own = {} } = pod;
  return [
    ...(['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field] === true),
    ...(own.runAsNonRoot === true ? [] : ['runAsNonRoot is not true']),
    ...(own.runAsUser === 0 ? ['runAsUser is 0'] : []),
    ...(own.seccompProfile?.type === 'RuntimeDefault' ? [] : ['seccompProfile is not RuntimeDefault']),
    ...(pod.volumes ?? []).filter((volume) => Object.keys(volume).some((key) => !RESTRICTED_VOLUMES.includes(key))).map(({ name }) => `volume ${name} is of a forbidden type`),
    ...containersOf(pod).flatMap(containerViolations),
  ];
}

const CONTAINER_RULES: readonly [what: string, breaks: (container: Container) => boolean][] = [
  ['allows privilege escalation', ({ securityContext: own }) => own?.allowPrivilegeEscalation !== false],
  ['is privileged', ({ securityContext: own }) => own?.privileged === true],
  ['may run as root', ({ securityContext: own }) => own?.runAsUser === 0 || own?.runAsNonRoot === false],
  ['keeps capabilities', ({ securityContext: own }) => own?.capabilities?.drop?.includes('ALL') !== true || own.capabilities.add !== undefined],
  ['has a host port', ({ ports = [] }) => ports.some(({ hostPort }) => hostPort !== undefined)],
];

const containerViolations = (container: Container): string[] => CONTAINER_RULES.flatMap(([what, breaks]) => (breaks(container) ? [`container ${container.name} ${what}`] : []));

/** What a hardened pod does beyond `restricted`; empty when it does it all. */
export const hardeningGaps = (pod: PodSpec): string[] => [
  ...(pod.automountServiceAccountToken === false ? [] : ['mounts a token of the API server']),
  ...containersOf(pod)
    .filter(({ securityContext }) => securityContext?.readOnlyRootFilesystem !== true)
    .map(({ name }) => `container ${name} can write its root file system`),
];

/** Every key of a Secret that a pod can read, as secret/key; `*` when it can read all. */
export const secretKeys = (pod: PodSpec): string[] =>
  (pod.volumes ?? [])
    .flatMap(({ secret, projected }: Volume) => [
      ...keysOf(secret?.secretName, secret?.items),
      ...(projected?.sources ?? []).flatMap(({ secret: source }) => keysOf(source?.name, source?.items)),
    ])
    .sort();

const keysOf = (secret: string | undefined, items?: readonly { key: string }[]): string[] => (secret === undefined ? [] : (items ?? [{ key: '*' }]).map(({ key }) => `${secret}/${key}`));

/** Everything of a pod that `kubectl describe` and /proc show: command lines and environments. */
export const visibleTo = (pod: PodSpec): string => JSON.stringify(containersOf(pod).map(({ command, args, env, envFrom }) => ({ command, args, env, envFrom })));
