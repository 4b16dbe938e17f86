// The chart as Helm renders it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { CHART, helm, renderChart, renderSelfTest, type Rendered } from '../../e2e/harness/chart.ts';
import { hardeningGaps, podSpecOf, restrictedViolations } from '../../packages/controller/test/manifest.ts';
import { readConfig, type Config } from '../../packages/controller/src/config.ts';
import { readSelfTestSettings } from '../../packages/controller/src/self-test/settings.ts';
import { METRICS_RULES, NAMESPACE_RULES, RULES, type PolicyRule } from '../../packages/controller/src/rbac.ts';

const named = (manifests: readonly Rendered[], kind: string): Rendered => {
  const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`${kind} is rendered ${more.length + Number(found !== undefined)} times`);
  return found;
};
const byName = (manifests: readonly Rendered[]): string[] => manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
const crds = (manifests: readonly Rendered[]): Rendered[] => manifests.filter(({ kind }) => kind === 'CustomResourceDefinition');

/** The configuration that the controller starts with. */
const configOf = (manifests: readonly Rendered[]): Config => {
  const env = podSpecOf(named(manifests, 'Deployment')).containers[0]?.env ?? [];
  return readConfig(Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'from-the-pod'])));
};

let rendered: Rendered[];

beforeAll(async () => {
  rendered = await renderChart();
});

test.each([
  ['as it is', []],
  ['with all that can be switched on', ['networkPolicy.enabled=true', 'monitoring.serviceMonitor.enabled=true', 'monitoring.alerts.enabled=true', 'monitoring.dashboard.enabled=true', 'metrics.secure=true']],
  ['for some namespaces', ['watchNamespaces={shop,mall}', 'imagePullSecrets[0].name=registry', 'backup.claimSize=20Gi']],
])('helm lint has nothing against it %s', async (_what, values) => {
  expect(await helm('lint', '--strict', CHART, ...values.flatMap((value) => ['--set', value]))).toMatchObject({ exitCode: 0 });
});

test('it renders exactly what the operator needs, under the names that the course uses', () => {
  const name = 'postgres-operator-controller-manager';
  expect(byName(rendered)).toEqual([
    `ClusterRole ${name}`,
    `ClusterRoleBinding ${name}`,
    'CustomResourceDefinition backups.database.example.com',
    'CustomResourceDefinition databases.database.example.com',
    'CustomResourceDefinition restores.database.example.com',
    `Deployment ${name}`,
    `PodDisruptionBudget ${name}`,
    `Role ${name}-leader`,
    `RoleBinding ${name}-leader`,
    `Service ${name}-metrics`,
    `ServiceAccount ${name}`,
  ]);
  const namespaced = rendered.filter(({ kind }) => !kind.startsWith('Cluster') && kind !== 'CustomResourceDefinition');
  expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['operators']));
});

describe('the controller', () => {
  test('has the label that the course selects its logs by', () => {
    expect(named(rendered, 'Deployment')).toMatchObject({
      spec: { selector: { matchLabels: { 'control-plane': 'controller-manager' } }, template: { metadata: { labels: { 'control-plane': 'controller-manager' } } } },
    });
  });

  test('is let in by Pod Security restricted, and cannot write its root file system', () => {
    const pod = podSpecOf(named(rendered, 'Deployment'));
    expect(restrictedViolations(pod)).toEqual([]);
    // It is the one pod that talks to the API server, so it has a token.
    expect(hardeningGaps(pod)).toEqual(['mounts a token of the API server']);
  });

  test('gets an environment that it can start with', () => {
    expect(configOf(rendered)).toMatchObject({ runnerImage: 'postgres-operator/backup-runner:0.1.0', logLevel: 'info', defaultStorageLocation: '' });
  });

  test('is told where Backups go by default, with the name of a Secret and nothing of its content', async () => {
    const manifests = await renderChart('backup.defaultLocation=s3://company/all', 'backup.credentialsSecret=company-keys');
    expect(configOf(manifests)).toMatchObject({ defaultStorageLocation: 's3://company/all', defaultCredentialsSecret: 'company-keys' });
    expect(JSON.stringify(podSpecOf(named(manifests, 'Deployment')))).not.toContain('secretKeyRef');
  });

  test('is told which extensions a superuser creates for Restores', async () => {
    expect(configOf(await renderChart('restore.allowedExtensions={postgis,uuid-ossp}')).allowedExtensions).toEqual(['postgis', 'uuid-ossp']);
  });

  test('is restarted by a changed annotation, and takes images from where the values say', async () => {
    const manifests = await renderChart('controller.podAnnotations.digest=abc', 'controller.image.repository=registry.test/c', 'controller.image.tag=v9', 'runner.image.repository=registry.test/r');
    expect(named(manifests, 'Deployment')).toMatchObject({ spec: { template: { metadata: { annotations: { digest: 'abc' } } } } });
    const [container] = podSpecOf(named(manifests, 'Deployment')).containers;
    expect([container?.image, container?.env?.find(({ name }) => name === 'RUNNER_IMAGE')?.value]).toEqual(['registry.test/c:v9', 'registry.test/r:0.1.0']);
  });
});

describe('images', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

  test('are taken by their digest where there is one, whatever the tag', async () => {
    const manifests = await renderChart(`controller.image.digest=${digest}`, 'controller.image.tag=v9', `runner.image.digest=${digest}`);
    expect(podSpecOf(named(manifests, 'Deployment')).containers[0]?.image).toBe(`postgres-operator/controller@${digest}`);
    expect(configOf(manifests).runnerImage).toBe(`postgres-operator/backup-runner@${digest}`);
  });

  test('of a private registry are pulled with Secrets that the controller and its Jobs name', async () => {
    const manifests = await renderChart('imagePullSecrets[0].name=one', 'imagePullSecrets[1].name=two');
    expect(podSpecOf(named(manifests, 'Deployment')).imagePullSecrets).toEqual([{ name: 'one' }, { name: 'two' }]);
    expect(configOf(manifests).runnerImagePullSecrets).toEqual(['one', 'two']);
  });
});

describe('two controllers', () => {
  test('are what there is by default: spread over nodes and zones where that is possible, and a drain takes one at a time', () => {
    const budget = named(rendered, 'PodDisruptionBudget').spec as { maxUnavailable: number; selector: { matchLabels: object } };
    const { topologySpreadConstraints: spread = [] } = podSpecOf(named(rendered, 'Deployment'));
    expect(named(rendered, 'Deployment')).toMatchObject({ spec: { replicas: 2 } });
    expect(budget.maxUnavailable).toBe(1);
    expect(spread.map(({ topologyKey, whenUnsatisfiable }) => `${topologyKey} ${whenUnsatisfiable}`)).toEqual(['kubernetes.io/hostname ScheduleAnyway', 'topology.kubernetes.io/zone ScheduleAnyway']);
    for (const { labelSelector } of spread) expect(labelSelector).toEqual(budget.selector);
  });

  test('elect one by a Lease in their own namespace', () => {
    expect(configOf(rendered).election?.lease.namespace).toBe('from-the-pod');
  });

  test('and of one there is no budget, which would only block the drain of its node', async () => {
    expect(byName(await renderChart('controller.replicas=1'))).not.toContainEqual(expect.stringContaining('PodDisruptionBudget'));
  });
});

// The embedded cluster enforces no NetworkPolicy: what it lets through is only read here.
describe('the NetworkPolicy', () => {
  const policy = async (...values: string[]): Promise<Record<string, unknown>> => named(await renderChart('networkPolicy.enabled=true', ...values), 'NetworkPolicy').spec as Record<string, unknown>;

  test('is for the pods of the controller, in both directions', async () => {
    const { podSelector, policyTypes } = await policy();
    expect(podSelector).toEqual((named(rendered, 'Deployment').spec as { selector: object }).selector);
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
  });

  test('lets metrics in from everybody or from those who are named, and the API server out', async () => {
    expect(await policy()).toMatchObject({ ingress: [{ ports: [{ port: 'metrics' }] }], egress: [{ ports: [{ port: 443 }, { port: 6443 }] }] });
    const { ingress, egress } = await policy('networkPolicy.metricsFrom[0].podSelector.matchLabels.app=prometheus', 'networkPolicy.apiServerPorts={8443}');
    expect(ingress).toEqual([{ ports: [{ port: 'metrics' }], from: [{ podSelector: { matchLabels: { app: 'prometheus' } } }] }]);
    expect(egress).toEqual([{ ports: [{ port: 8443 }] }]);
  });
});

describe('helm test', () => {
  const podOf = (manifests: readonly Rendered[]): PodSpec => named(manifests, 'Pod').spec as PodSpec;
  const settingsOf = (manifests: readonly Rendered[]): unknown => readSelfTestSettings(Object.fromEntries((podOf(manifests).containers[0]?.env ?? []).map(({ name, value }) => [name, value])));

  test('runs a pod of the controller image that Pod Security restricted lets in, and all of it goes when it passed', async () => {
    const manifests = await renderSelfTest('controller.image.tag=v9', 'imagePullSecrets[0].name=registry');
    expect(restrictedViolations(podOf(manifests))).toEqual([]);
    expect(podOf(manifests)).toMatchObject({ imagePullSecrets: [{ name: 'registry' }], containers: [{ image: 'postgres-operator/controller:v9', args: ['self-test'] }] });
    for (const { metadata } of manifests) expect(metadata.annotations).toMatchObject({ 'helm.sh/hook': 'test', 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' });
  });

  test.each([
    ['the namespace of the release', [], 'operators'],
    ['the first namespace that is looked after', ['watchNamespaces={shop,mall}'], 'shop'],
    ['the one that is named', ['test.namespace=trial', 'test.postgresImage=registry.test/postgres:17', 'test.timeoutSeconds=60'], 'trial'],
  ])('works in %s, with rights there alone', async (_what, values, namespace) => {
    const manifests = await renderSelfTest(...values);
    expect(settingsOf(manifests)).toMatchObject({ namespace, ...(namespace === 'trial' ? { postgresImage: 'registry.test/postgres:17', stepMs: 60_000 } : {}) });
    expect(['Role', 'RoleBinding'].map((kind) => named(manifests, kind).metadata.namespace)).toEqual([namespace, namespace]);
    expect(JSON.stringify(named(manifests, 'Role').rules)).not.toMatch(/\*|secrets/);
  });
});

describe('monitoring', () => {
  test('a ServiceMonitor finds the Service with the metrics by its labels and port, and keeps the namespaces that they name', async () => {
    const manifests = await renderChart('monitoring.serviceMonitor.enabled=true', 'monitoring.serviceMonitor.labels.release=prometheus', 'monitoring.serviceMonitor.interval=15s');
    const { metadata, spec } = named(manifests, 'ServiceMonitor') as Rendered & { spec: { selector: { matchLabels: object }; endpoints: object[] } };
    const service = named(manifests, 'Service') as Rendered & { spec: { ports: { name: string }[] } };
    expect(metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(service.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.endpoints).toEqual([{ port: service.spec.ports[0]?.name, interval: '15s', honorLabels: true }]);
  });

  test('the dashboard comes in a ConfigMap, byte for byte, with the label by which Grafana collects it', async () => {
    const map = named(await renderChart('monitoring.dashboard.enabled=true', 'monitoring.dashboard.labels.team=dba'), 'ConfigMap') as Rendered & { data: Record<string, string> };
    expect(map.metadata.labels).toMatchObject({ grafana_dashboard: '1', team: 'dba' });
    expect(map.data['postgres-operator.json']).toBe(readFileSync(join(CHART, 'files/dashboard.json'), 'utf8'));
  });

  test('all of it is left out unless it is asked for', () => {
    expect(byName(rendered).join()).not.toMatch(/ServiceMonitor|PrometheusRule|ConfigMap/);
  });
});

describe('metrics.secure', () => {
  const secure = (...values: string[]): Promise<Rendered[]> => renderChart('metrics.secure=true', 'monitoring.serviceMonitor.enabled=true', ...values);

  test('gives the controller a certificate, and the right to ask who somebody is and what they may do', async () => {
    const manifests = await secure('watchNamespaces={shop}');
    const { metricsCertificateFolder } = configOf(manifests);
    const { containers: [container], volumes } = podSpecOf(named(manifests, 'Deployment'));
    expect(container?.volumeMounts).toEqual([{ name: 'metrics-certificate', mountPath: metricsCertificateFolder, readOnly: true }]);
    expect(volumes).toEqual([{ name: 'metrics-certificate', secret: { secretName: named(manifests, 'Secret').metadata.name } }]);
    const [own, reader] = manifests.filter(({ kind }) => kind === 'ClusterRole');
    expect(own?.rules).toEqual(JSON.parse(JSON.stringify(METRICS_RULES.map(({ why: _why, ...rule }) => rule))));
    expect([reader?.metadata.name, reader?.rules]).toEqual(['postgres-operator-metrics-reader', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]]);
  });

  test('tells the ServiceMonitor whom to trust, and to show its token', async () => {
    const { spec } = named(await secure(), 'ServiceMonitor') as Rendered & { spec: { endpoints: object[] } };
    expect(spec.endpoints).toMatchObject([{ scheme: 'https', bearerTokenFile: expect.stringContaining('serviceaccount/token') as string, tlsConfig: { serverName: 'postgres-operator-controller-manager-metrics.operators.svc', ca: { secret: { key: 'ca.crt' } } } }]);
  });

  test('takes a certificate that is there, and then makes none', async () => {
    const manifests = await secure('metrics.certificateSecret=from-cert-manager');
    expect(byName(manifests).join()).not.toContain('Secret ');
    expect(podSpecOf(named(manifests, 'Deployment')).volumes).toEqual([{ name: 'metrics-certificate', secret: { secretName: 'from-cert-manager' } }]);
    expect(JSON.stringify(named(manifests, 'ServiceMonitor').spec)).toContain('"secret":{"name":"from-cert-manager","key":"ca.crt"}');
  });

  test('is off unless it is asked for', () => {
    expect([configOf(rendered).metricsCertificateFolder, podSpecOf(named(rendered, 'Deployment')).volumes]).toEqual(['', undefined]);
  });
});

describe('an installation for some namespaces', () => {
  let scoped: Rendered[];

  beforeAll(async () => {
    scoped = await renderChart('watchNamespaces={shop,mall}');
  });

  test('has the same rules as Roles in them, bound to its account, and none for the cluster', () => {
    const roles = scoped.filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace !== 'operators');
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['shop', 'mall']);
    for (const { rules } of roles) expect(rules).toEqual(named(rendered, 'ClusterRole').rules);
    const bindings = scoped.filter(({ kind, metadata }) => kind === 'RoleBinding' && metadata.namespace !== 'operators');
    expect(bindings).toMatchObject(['shop', 'mall'].map((namespace) => ({ metadata: { namespace }, roleRef: { kind: 'Role' }, subjects: [{ kind: 'ServiceAccount', namespace: 'operators' }] })));
    expect(scoped.filter(({ kind }) => kind.startsWith('Cluster'))).toEqual([]);
  });

  test('watches only these', () => {
    expect(configOf(scoped).watchNamespaces).toEqual(['shop', 'mall']);
  });
});

describe('what the controller may do', () => {
  const plain = (rules: readonly PolicyRule[]): unknown => JSON.parse(JSON.stringify(rules.map(({ why: _why, ...rule }) => rule)));

  test('is what the code says that it needs', () => {
    expect(named(rendered, 'ClusterRole').rules).toEqual(plain(RULES));
    expect(named(rendered, 'Role').rules).toEqual(plain(NAMESPACE_RULES));
  });

  test('has no wildcard, and no way into pods but to read their logs', () => {
    expect(JSON.stringify([named(rendered, 'ClusterRole').rules, named(rendered, 'Role').rules])).not.toMatch(/\*|pods\/(?!log")|escalate|bind|impersonate/);
  });

  test('with Secrets is to create them', () => {
    const verbs = [...RULES, ...NAMESPACE_RULES].filter(({ resources }) => resources.includes('secrets')).flatMap((rule) => rule.verbs);
    expect(verbs).toEqual(['create']);
  });

  test.each(['ClusterRoleBinding', 'RoleBinding'])('is given to its own service account by the %s', (kind) => {
    expect(named(rendered, kind)).toMatchObject({ subjects: [{ kind: 'ServiceAccount', name: named(rendered, 'ServiceAccount').metadata.name, namespace: 'operators' }] });
  });
});

describe('CustomResourceDefinitions', () => {
  test('are kept when the chart is uninstalled', () => {
    expect(crds(rendered).map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'])).toEqual(['keep', 'keep', 'keep']);
  });

  test('are left out when they are managed elsewhere', async () => {
    expect(crds(await renderChart('crds.install=false'))).toEqual([]);
  });
});

describe('values that the chart does not know are refused by name', () => {
  test.each([
    { value: 'controller.logLevel=loud', says: 'logLevel' },
    { value: 'controller.replica=2', says: 'replica' },
    { value: 'crds.install=maybe', says: 'install' },
    { value: 'runner.image.pullPolicy=Sometimes', says: 'pullPolicy' },
    { value: 'runner.image.repository=', says: 'repository' },
    { value: 'replicas=3', says: 'replicas' },
    { value: 'backup.defaultLocation=company', says: 'defaultLocation' },
    { value: 'restore.allowedExtensions={a;b}', says: 'allowedExtensions' },
    { value: 'backup.credentialsSecret=ops/keys', says: 'credentialsSecret' },
    { value: 'backup.claimSize=big', says: 'claimSize' },
    { value: 'controller.image.digest=latest', says: 'digest' },
    { value: 'controller.nodeSelector.disk=1', says: 'nodeSelector' },
    { value: 'watchNamespaces={Shop}', says: 'watchNamespaces' },
    { value: 'imagePullSecrets={registry}', says: 'imagePullSecrets' },
    { value: 'metrics.secure=yes', says: 'secure' },
    { value: 'metrics.certificateSecret=ops/tls', says: 'certificateSecret' },
    { value: 'test.timeoutSeconds=0', says: 'timeoutSeconds' },
    { value: 'monitoring.serviceMonitor.interval=often', says: 'interval' },
    { value: 'monitoring.alerts.runbookUrl=runbooks.md', says: 'runbookUrl' },
    { value: 'networkPolicy.apiServerPorts={0}', says: 'apiServerPorts' },
  ])('$value', async ({ value, says }) => {
    const { stderr, exitCode } = await helm('template', 'postgres-operator', CHART, '--set', value);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(says)]);
  });
});

test('another release beside it has names of its own', async () => {
  const { stdout } = await helm('template', 'second', CHART);
  expect(stdout).toContain('name: second-postgres-operator-controller-manager');
});

test('the package holds the chart and no test', async () => {
  const { stdout } = await helm('show', 'all', CHART);
  expect(stdout).not.toContain('vitest');
});
