// The controller's own identity for a process outside the cluster: what the chart's RBAC refuses is refused here too.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureTools } from '../cluster/index.ts';
import { run } from '../lib/run.ts';

const CHART = fileURLToPath(new URL('../../charts/postgres-operator', import.meta.url));
const RELEASE = 'postgres-operator';
const ACCOUNT = 'postgres-operator-controller-manager';

/** Applies the chart's CRDs, its ServiceAccount and its RBAC, and nothing that runs. */
export async function installIdentity(kubeconfig: string, namespace: string): Promise<void> {
  const { helm, kubectl } = await ensureTools(['helm', 'kubectl']);
  const show = ['rbac', 'crds'].flatMap((name) => ['--show-only', `templates/${name}.yaml`]);
  const { stdout: manifests } = await run(helm, ['template', RELEASE, CHART, '--namespace', namespace, ...show]);
  const ask = (args: string[], input = ''): Promise<unknown> => run(kubectl, ['--kubeconfig', kubeconfig, ...args], { input });
  await ask(['create', 'namespace', namespace]);
  await ask(['apply', '-f', '-'], manifests);
  await ask(['wait', 'crd', '--for=condition=Established', '--timeout=120s', '--all']);
}

/** Writes a kubeconfig for the chart's ServiceAccount; with `server` for that address instead of the API server's. */
export async function writeIdentity(kubeconfig: string, namespace: string, target: { file: string; server?: string; ca?: string }): Promise<void> {
  const { kubectl } = await ensureTools(['kubectl']);
  const { stdout: token } = await run(kubectl, ['--kubeconfig', kubeconfig, '--namespace', namespace, 'create', 'token', ACCOUNT, '--duration=12h']);
  const [own] = (JSON.parse(readFileSync(kubeconfig, 'utf8')) as { clusters: { cluster: Record<string, string> }[] }).clusters;
  const cluster = { ...own?.cluster, ...(target.server && { server: target.server }), ...(target.ca && { 'certificate-authority-data': Buffer.from(target.ca).toString('base64') }) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'controller',
    clusters: [{ name: 'controller', cluster }],
    users: [{ name: 'controller', user: { token: token.trim() } }],
    contexts: [{ name: 'controller', context: { cluster: 'controller', user: 'controller' } }],
  };
  writeFileSync(target.file, JSON.stringify(config), { mode: 0o600 });
}
