// Every manifest that the chart renders, by every rule, for several sets of values; and that each rule would notice.
import { describe, expect, test } from 'vitest';
import { renderChart, renderSelfTest, type Rendered } from '../../e2e/harness/chart.ts';
import { LINT_RULES } from './test/rules.ts';

const ALL = ['networkPolicy.enabled=true', 'monitoring.serviceMonitor.enabled=true', 'monitoring.alerts.enabled=true', 'monitoring.dashboard.enabled=true', 'metrics.secure=true', 'imagePullSecrets[0].name=registry'];

const findings = (manifests: readonly Rendered[]): string[] =>
  Object.entries(LINT_RULES).flatMap(([name, rule]) => manifests.flatMap((manifest) => rule(manifest, manifests).map((what) => `${name}: ${manifest.kind} ${manifest.metadata.name}: ${what}`)));

test.each<[string, () => Promise<Rendered[]>]>([
  ['the chart as it is', () => renderChart()],
  ['the chart with all that can be switched on', () => renderChart(...ALL)],
  ['the chart for some namespaces', () => renderChart('watchNamespaces={shop,mall}', 'crds.install=false')],
  ['what helm test runs', () => renderSelfTest()],
])('%s breaks no rule', async (_what, render) => {
  expect(findings(await render())).toEqual([]);
});

describe('a rule notices', () => {
  const broken: readonly [rule: string, kind: string, from: string, to: string][] = [
    ['pod-security-restricted', 'Deployment', '"runAsNonRoot":true', '"runAsNonRoot":false'],
    ['no-read-only-root-fs', 'Deployment', '"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false'],
    ['latest-tag', 'Deployment', 'controller:0.1.0', 'controller:latest'],
    ['unset-cpu-requirements', 'Deployment', '"cpu":"50m",', ''],
    ['unset-memory-requirements', 'Deployment', '"limits":{"memory":"256Mi"}', '"limits":{}'],
    ['no-liveness-probe', 'Deployment', 'livenessProbe', 'deathProbe'],
    ['no-readiness-probe', 'Deployment', 'readinessProbe', 'unreadinessProbe'],
    ['duplicate-env-var', 'Deployment', '"LOG_LEVEL"', '"RUNNER_IMAGE"'],
    ['env-var-secret', 'Deployment', '"LOG_LEVEL"', '"PASSWORD"'],
    ['default-service-account', 'Deployment', '"serviceAccountName":"postgres-operator-controller-manager",', ''],
    ['non-existent-service-account', 'Deployment', '"serviceAccountName":"postgres', '"serviceAccountName":"mysql'],
    ['no-anti-affinity', 'Deployment', 'topologySpreadConstraints', 'heapUp'],
    ['mismatching-selector', 'Deployment', '"matchLabels":{', '"matchLabels":{"app":"other",'],
    ['dangling-service', 'Service', '"selector":{', '"selector":{"app":"other",'],
    ['dangling-network-policy', 'NetworkPolicy', '"matchLabels":{', '"matchLabels":{"app":"other",'],
    ['dangling-disruption-budget', 'PodDisruptionBudget', '"matchLabels":{', '"matchLabels":{"app":"other",'],
    ['pdb-max-unavailable', 'PodDisruptionBudget', '"maxUnavailable":1', '"maxUnavailable":0'],
    ['wildcard-in-rules', 'ClusterRole', '"databases"', '"*"'],
    ['access-to-secrets', 'ClusterRole', '"pods"', '"secrets"'],
    ['use-namespace', 'Service', '"namespace":"operators",', ''],
    ['required-labels', 'Service', '"app.kubernetes.io/name":"postgres-operator"', '"app.kubernetes.io/name":"other"'],
  ];

  test.each(broken)('%s', async (rule, kind, from, to) => {
    const manifests = await renderChart(...ALL);
    const changed = manifests.map((manifest) => (manifest.kind === kind ? (JSON.parse(JSON.stringify(manifest).replace(from, to)) as Rendered) : manifest));
    expect(findings(changed).map((finding) => finding.split(':')[0])).toContain(rule);
  });

  test('and each of them is tried', () => {
    expect(broken.map(([rule]) => rule)).toEqual(Object.keys(LINT_RULES));
  });
});
