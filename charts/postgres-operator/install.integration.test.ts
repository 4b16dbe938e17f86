// The chart installed, upgraded and uninstalled on a real API server with Kubernetes' own controllers; no pod runs.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ensureTools, startControlPlane, type ControlPlane } from '../../e2e/cluster/index.ts';
import { writeIdentity } from '../../e2e/harness/chart-identity.ts';
import { CHART, renderChart, renderSelfTest, type Rendered } from '../../e2e/harness/chart.ts';
import { anOlderChart, type OlderChart } from '../../e2e/harness/older-chart.ts';
import { run } from '../../e2e/lib/run.ts';
import { connectWith } from '../../packages/controller/test/api-server.ts';
import { requestIn } from '../../e2e/rbac/grants.ts';
import { readConfig } from '../../packages/controller/src/config.ts';
import { createOperator } from '../../packages/controller/src/operator.ts';
import { systemClock } from '../../packages/controller/src/runtime/clock.ts';
import { createLogger } from '../../packages/controller/src/telemetry/logger.ts';

const INSTALLATION = fileURLToPath(new URL('../../docs/installation.md', import.meta.url));
const ACCOUNT = 'system:serviceaccount:operators:postgres-operator-controller-manager';
/** A busy machine takes its time; what never comes ends here. */
const PATIENT = { timeout: 120_000, interval: 100 };
const FOR_SHOP = ['--set', 'watchNamespaces={shop}'];

let plane: ControlPlane;
let helmTool: string;
let kubectlTool: string;
let older: OlderChart;

const helm = (...args: string[]): Promise<unknown> => run(helmTool, [...args, '--namespace', 'operators'], { env: { KUBECONFIG: plane.kubeconfig } });
/** Runs kubectl as the administrator; exit code 1 is an answer where the caller says so. */
const kubectl = async (args: string[], { input, accept = [] }: { input?: object; accept?: number[] } = {}): Promise<string> => {
  const { stdout } = await run(kubectlTool, args, { env: { KUBECONFIG: plane.kubeconfig }, accept, ...(input && { input: JSON.stringify(input) }) });
  return stdout.trim();
};
const mayI = (verb: string, resource: string, namespace: string): Promise<string> => kubectl(['auth', 'can-i', verb, resource, '-n', namespace, `--as=${ACCOUNT}`], { accept: [1] });
const create = (input: object): Promise<string> => kubectl(['create', '-f', '-'], { input });
const database = (namespace: string, spec: object = {}): object => ({
  apiVersion: 'database.example.com/v1',
  kind: 'Database',
  metadata: { name: 'orders', namespace },
  spec: { image: 'postgres:14', databaseName: 'orders', username: 'clerk', storage: { size: '1Gi' }, ...spec },
});

/** The command of the documentation that frees finalizers, as it stands there. */
function freeFinalizers(): string {
  const commands = readFileSync(INSTALLATION, 'utf8').split('```sh\n').map((text) => text.split('```')[0] ?? '');
  const [command, ...more] = commands.filter((text) => text.includes('"finalizers":null'));
  if (command === undefined || more.length > 0) throw new Error('docs/installation.md has not one command that frees finalizers');
  return command;
}

beforeAll(async () => {
  plane = await startControlPlane({ withControllerManager: true, withAudit: true });
  ({ helm: helmTool, kubectl: kubectlTool } = await ensureTools(['helm', 'kubectl']));
  for (const namespace of ['shop', 'mall']) await kubectl(['create', 'namespace', namespace]);
  older = anOlderChart();
  await helm('install', 'postgres-operator', older.folder, '--create-namespace', ...FOR_SHOP);
});

afterAll(async () => {
  older.remove();
  await plane.stop();
});

test('a release that exists is upgraded with its CustomResourceDefinitions', async () => {
  const shortNames = (): Promise<string> => kubectl(['get', 'crd', 'databases.database.example.com', '-o', 'jsonpath={.spec.names.shortNames}']);
  expect(await shortNames()).toContain('olderdb');
  await helm('upgrade', 'postgres-operator', CHART, ...FOR_SHOP);
  expect(await shortNames()).not.toContain('olderdb');
});

test('an API server takes every manifest, and knows each of its fields', async () => {
  const all = ['networkPolicy.enabled=true', 'networkPolicy.metricsFrom[0].podSelector.matchLabels.app=prometheus', 'imagePullSecrets[0].name=registry', 'controller.tolerations[0].operator=Exists'];
  // Whose pod it is, is looked up even when nothing is stored.
  await kubectl(['create', 'serviceaccount', 'postgres-operator-self-test', '-n', 'operators']);
  const manifests: Rendered[] = [...(await renderChart(...all)), ...(await renderChart('watchNamespaces={shop}')), ...(await renderSelfTest())];
  const list = { apiVersion: 'v1', kind: 'List', items: manifests.filter(({ kind }) => kind !== 'CustomResourceDefinition') };
  expect(await kubectl(['apply', '--dry-run=server', '--validate=strict', '--server-side', '--force-conflicts', '-f', '-'], { input: list })).toContain('deployment.apps/postgres-operator-controller-manager');
});

describe('an operator for one namespace', () => {
  test.each([
    ['list', 'databases'],
    ['watch', 'pods'],
    ['create', 'secrets'],
    ['delete', 'jobs'],
  ])('may %s %s there, and nowhere else', async (verb, resource) => {
    expect([await mayI(verb, resource, 'shop'), await mayI(verb, resource, 'mall'), await mayI(verb, resource, 'kube-system')]).toEqual(['yes', 'no', 'no']);
  });

  test('works with these rights, and is blind for the others', async () => {
    const file = join(plane.folder, 'controller.kubeconfig');
    await writeIdentity(plane.kubeconfig, 'operators', { file });
    const connection = connectWith(file);
    const lines: string[] = [];
    const config = readConfig({ RUNNER_IMAGE: 'runner:1', WATCH_NAMESPACES: 'shop', POD_NAMESPACE: 'operators' });
    const operator = createOperator({ config, connection, clock: systemClock, log: createLogger('info', (line) => void lines.push(line)) });
    const stop = new AbortController();
    const ended = operator.run(stop.signal);
    await create(database('mall'));
    await create(database('shop', { deletionPolicy: 'Delete' }));
    await vi.waitFor(async () => expect(await kubectl(['get', 'statefulsets', '-n', 'shop', '-o', 'name'])).toBe('statefulset.apps/orders'), PATIENT);
    expect(await kubectl(['get', 'database', 'orders', '-n', 'mall', '-o', 'jsonpath={.status.phase}'])).toBe('');
    expect(lines.join('\n')).not.toMatch(/forbidden/i);
    stop.abort();
    await ended;
    connection.close();
  });

  test('by the API server’s audit log, asked for nothing outside of it but the Lease in its own, and for nothing that it may not', () => {
    const asked = readFileSync(plane.auditLog, 'utf8').split('\n').flatMap((line) => requestIn(line, ACCOUNT) ?? []);
    expect(asked.flatMap(({ needs }) => needs)).toEqual(expect.arrayContaining(['list database.example.com/databases', 'watch pods', 'create apps/statefulsets']));
    expect(asked.filter(({ isAllowed }) => !isAllowed)).toEqual([]);
    const outside = asked.filter(({ namespace }) => namespace !== 'shop').map(({ needs, namespace, path }) => `${needs.join() || path} in ${namespace}`);
    expect([...new Set(outside)].sort()).toEqual(['create', 'get', 'update'].map((verb) => `${verb} coordination.k8s.io/leases in operators`));
  });
});

describe('uninstalling', () => {
  test('takes away the controller and its rights, and leaves all Databases and their kinds', async () => {
    await helm('uninstall', 'postgres-operator');
    await expect.poll(() => mayI('list', 'databases', 'shop'), PATIENT).toBe('no');
    expect(await kubectl(['get', 'databases', '--all-namespaces', '-o', 'jsonpath={.items[*].metadata.namespace}'])).toBe('mall shop');
    expect(await kubectl(['get', 'statefulsets', '-n', 'shop', '-o', 'name'])).toBe('statefulset.apps/orders');
  });

  test('a namespace that waits for finalizers since is freed by the command that is documented', async () => {
    await kubectl(['delete', 'namespace', 'shop', '--wait=false']);
    const isStuck = ['get', 'namespace', 'shop', '-o', 'jsonpath={.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message}'];
    await vi.waitFor(async () => expect(await kubectl(isStuck)).toContain('database.example.com'), PATIENT);
    await run('sh', ['-euc', freeFinalizers()], { env: { KUBECONFIG: plane.kubeconfig, PATH: `${dirname(kubectlTool)}:${process.env['PATH'] ?? ''}` } });
    await kubectl(['wait', '--for=delete', 'namespace/shop', '--timeout=150s']);
    expect(await kubectl(['get', 'database', 'orders', '-n', 'mall', '-o', 'name'])).toContain('orders');
  });

  test('installed again, it takes the kinds over that it left', async () => {
    await helm('install', 'postgres-operator', CHART);
    await expect.poll(() => mayI('list', 'databases', 'mall'), PATIENT).toBe('yes');
  });
});
