// The chart as Helm renders it.
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ensureTools } from '../../e2e/cluster/index.ts';
import { run } from '../../e2e/lib/run.ts';
import { hardeningGaps, podSpecOf, restrictedViolations } from '../../packages/controller/test/manifest.ts';
import { readConfig } from '../../packages/controller/src/config.ts';
import { NAMESPACE_RULES, RULES, type PolicyRule } from '../../packages/controller/src/rbac.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Record<string, string> };
  readonly rules?: unknown;
}

let helm: string;

const helmRuns = (...args: string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> => run(helm, args, { accept: [1] });

/** Renders the chart with the given values, as key=value. */
async function render(...values: string[]): Promise<Manifest[]> {
  const { stdout, stderr } = await helmRuns('template', 'postgres-operator', import.meta.dirname, '--namespace', 'operators', ...values.flatMap((value) => ['--set', value]));
  expect(stderr).toBe('');
  return parseAllDocuments(stdout).flatMap((document) => (document.toJSON() as Manifest | null) ?? []);
}

const named = (manifests: readonly Manifest[], kind: string): Manifest => {
  const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`${kind} is rendered ${more.length + Number(found !== undefined)} times`);
  return found;
};
const byName = (manifests: readonly Manifest[]): string[] => manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
const crds = (manifests: readonly Manifest[]): Manifest[] => manifests.filter(({ kind }) => kind === 'CustomResourceDefinition');

let rendered: Manifest[];

beforeAll(async () => {
  ({ helm } = await ensureTools(['helm']));
  rendered = await render();
});

test('helm lint has nothing against it', async () => {
  expect(await helmRuns('lint', '--strict', import.meta.dirname)).toMatchObject({ exitCode: 0 });
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
    `Role ${name}`,
    `RoleBinding ${name}`,
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
    const env = podSpecOf(named(rendered, 'Deployment')).containers[0]?.env ?? [];
    const config = readConfig(Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'from-the-pod'])));
    expect(config).toMatchObject({ runnerImage: 'postgres-operator/backup-runner:0.1.0', logLevel: 'info', defaultStorageLocation: '' });
  });

  test('is told where Backups go by default, with the name of a Secret and nothing of its content', async () => {
    const manifests = await render('backup.defaultLocation=s3://company/all', 'backup.credentialsSecret=company-keys');
    const env = podSpecOf(named(manifests, 'Deployment')).containers[0]?.env ?? [];
    const config = readConfig(Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'from-the-pod'])));
    expect(config).toMatchObject({ defaultStorageLocation: 's3://company/all', defaultCredentialsSecret: 'company-keys' });
    expect(JSON.stringify(env)).not.toContain('secretKeyRef');
  });

  test('is told which extensions a superuser creates for Restores', async () => {
    const env = podSpecOf(named(await render('restore.allowedExtensions={postgis,uuid-ossp}'), 'Deployment')).containers[0]?.env ?? [];
    const config = readConfig(Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'from-the-pod'])));
    expect(config.allowedExtensions).toEqual(['postgis', 'uuid-ossp']);
  });

  test('is restarted by a changed annotation, and takes images from where the values say', async () => {
    const manifests = await render('controller.podAnnotations.digest=abc', 'controller.image.repository=registry.test/c', 'controller.image.tag=v9', 'runner.image.repository=registry.test/r');
    expect(named(manifests, 'Deployment')).toMatchObject({ spec: { template: { metadata: { annotations: { digest: 'abc' } } } } });
    const [container] = podSpecOf(named(manifests, 'Deployment')).containers;
    expect([container?.image, container?.env?.find(({ name }) => name === 'RUNNER_IMAGE')?.value]).toEqual(['registry.test/c:v9', 'registry.test/r:0.1.0']);
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
    expect(crds(await render('crds.install=false'))).toEqual([]);
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
  ])('$value', async ({ value, says }) => {
    const { stderr, exitCode } = await helmRuns('template', 'postgres-operator', import.meta.dirname, '--set', value);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(says)]);
  });
});

test('another release beside it has names of its own', async () => {
  const { stdout } = await helmRuns('template', 'second', import.meta.dirname);
  expect(stdout).toContain('name: second-postgres-operator-controller-manager');
});

test('the package holds the chart and no test', async () => {
  const { stdout } = await helmRuns('show', 'all', import.meta.dirname);
  expect(stdout).not.toContain('vitest');
});
