// What a linter of manifests would say, as rules over all that the chart renders. kube-linter itself is not to be had from a package
// registry; the names are those of its checks. What Pod Security asks for is looked at by restrictedViolations.
import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import type { Rendered } from '../../../e2e/harness/chart.ts';
import { hardeningGaps, restrictedViolations } from '../../../packages/controller/test/manifest.ts';

/** Says what is wrong with a manifest among the others; empty when nothing is. */
type Rule = (manifest: Rendered, all: readonly Rendered[]) => string[];

interface WithPods {
  readonly replicas?: number;
  readonly selector?: { readonly matchLabels?: Labels };
  readonly template?: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
}
type Labels = Readonly<Record<string, string>>;

const podOf = ({ kind, spec }: Rendered): PodSpec | undefined => (kind === 'Pod' ? (spec as PodSpec) : (spec as WithPods | undefined)?.template?.spec);
const isWithin = (part: Labels, whole: Labels): boolean => Object.entries(part).every(([name, value]) => whole[name] === value);
const labelsOfPods = (all: readonly Rendered[]): Labels[] => all.map(({ spec }) => (spec as WithPods | undefined)?.template?.metadata.labels ?? {});

const ofPods =
  (look: (pod: PodSpec, kind: string) => string[]): Rule =>
  (manifest) => {
    const pod = podOf(manifest);
    return pod === undefined ? [] : look(pod, manifest.kind);
  };
const ofContainers = (look: (container: Container, kind: string) => boolean): Rule => ofPods((pod, kind) => pod.containers.filter((container) => look(container, kind)).map(({ name }) => name));

/** Selects no pod that is rendered. */
const dangling =
  (...kinds: string[]): Rule =>
  ({ kind, spec }, all) => {
    if (!kinds.includes(kind)) return [];
    const { selector, podSelector } = spec as { selector?: Labels | { matchLabels: Labels }; podSelector?: { matchLabels: Labels } };
    const chosen = podSelector?.matchLabels ?? (selector as { matchLabels?: Labels }).matchLabels ?? (selector as Labels);
    return labelsOfPods(all).some((labels) => isWithin(chosen, labels)) ? [] : [JSON.stringify(chosen)];
  };

const duplicates = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index);

export const LINT_RULES: Readonly<Record<string, Rule>> = {
  'pod-security-restricted': ofPods(restrictedViolations),
  'no-read-only-root-fs': ofPods((pod) => hardeningGaps(pod).filter((gap) => gap.includes('root file system'))),
  'latest-tag': ofContainers(({ image = '' }) => /:latest$|^[^:@]+$/.test(image)),
  'unset-cpu-requirements': ofContainers(({ resources }) => resources?.requests?.['cpu'] === undefined),
  'unset-memory-requirements': ofContainers(({ resources }) => resources?.requests?.['memory'] === undefined || resources.limits?.['memory'] === undefined),
  // Of what runs on.
  'no-liveness-probe': ofContainers(({ livenessProbe }, kind) => kind === 'Deployment' && livenessProbe === undefined),
  'no-readiness-probe': ofContainers(({ readinessProbe }, kind) => kind === 'Deployment' && readinessProbe === undefined),
  'duplicate-env-var': ofPods((pod) => pod.containers.flatMap(({ env = [] }) => duplicates(env.map(({ name }) => name)))),
  'env-var-secret': ofContainers(({ env = [] }) => env.some(({ name, value, valueFrom }) => valueFrom?.secretKeyRef !== undefined || (/PASSWORD|TOKEN|_KEY/.test(name) && value !== undefined))),
  'default-service-account': ofPods(({ serviceAccountName = 'default' }) => (serviceAccountName === 'default' ? ['default'] : [])),
  'non-existent-service-account': ({ kind, metadata, ...rest }, all) => {
    const name = podOf({ kind, metadata, ...rest })?.serviceAccountName;
    return name === undefined || all.some((other) => other.kind === 'ServiceAccount' && other.metadata.name === name) ? [] : [name];
  },
  'no-anti-affinity': ofPods(({ topologySpreadConstraints, affinity }, kind) => (kind === 'Deployment' && topologySpreadConstraints === undefined && affinity === undefined ? ['no spread'] : [])),
  'mismatching-selector': ({ kind, spec }) => {
    const { selector, template } = (spec ?? {}) as WithPods;
    return kind === 'Deployment' && !isWithin(selector?.matchLabels ?? { none: '' }, template?.metadata.labels ?? {}) ? ['selector'] : [];
  },
  'dangling-service': dangling('Service'),
  'dangling-network-policy': dangling('NetworkPolicy'),
  'dangling-disruption-budget': dangling('PodDisruptionBudget'),
  'pdb-max-unavailable': ({ kind, spec }) => (kind === 'PodDisruptionBudget' && (spec as { maxUnavailable?: number }).maxUnavailable === 0 ? ['0'] : []),
  'wildcard-in-rules': ({ rules }) => (JSON.stringify(rules ?? []).includes('*') ? ['*'] : []),
  'access-to-secrets': ({ rules = [] }) => (rules as { resources?: string[]; verbs: string[] }[]).filter(({ resources = [] }) => resources.includes('secrets')).flatMap(({ verbs }) => verbs.filter((verb) => verb !== 'create')),
  'use-namespace': ({ kind, metadata }) => (metadata.namespace === undefined && !/^(Cluster|CustomResource)/.test(kind) ? ['none'] : []),
  'required-labels': ({ kind, metadata }) => (kind === 'CustomResourceDefinition' || metadata.annotations?.['helm.sh/hook'] !== undefined || metadata.labels?.['app.kubernetes.io/name'] === 'postgres-operator' ? [] : ['app.kubernetes.io/name']),
};
