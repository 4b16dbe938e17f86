// The embedded cluster with real Jobs and real databases; the controller in it rests as long as a campaign lasts.
import { kubectlFor } from '../harness/kubectl.ts';
import { CONTROLLER_DEPLOYMENT, ensureOperator, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { proveTables } from '../harness/table-proof.ts';
import { step } from '../lib/step.ts';
import { AdminApi } from './api.ts';
import type { Ground } from './ground.ts';
import { DATABASE } from './objects.ts';

const FILL = `
set role app;
create table orders (id int primary key, total numeric(10, 2) not null, note text);
insert into orders select n, n * 37 % 9900 / 100.0, 'order ' || n from generate_series(1, 5000) n;
`;
const DAMAGE = `
set role app;
delete from orders where id % 3 = 0;
update orders set total = 0;
create table if not exists too_many as select 1 as one;
`;

interface Deployment {
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly { readonly name: string; readonly value?: string }[] }[] } } };
}

/** Brings the operator up, and takes the place of its controller until the ground is closed. */
export async function realGround(namespace: string): Promise<Ground> {
  const cluster = await ensureOperator();
  const system = kubectlFor(cluster, OPERATOR_NAMESPACE);
  const kubectl = kubectlFor(cluster, namespace);
  const deployment = await system.get<Deployment>('deployment', CONTROLLER_DEPLOYMENT);
  if (deployment === undefined) throw new Error('the operator is not installed');
  const { replicas, template } = deployment.spec;
  const api = new AdminApi(cluster.kubeconfig);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      await system('scale', 'deployment', CONTROLLER_DEPLOYMENT, `--replicas=${Math.max(replicas, 1)}`);
      // The controller tidies up what the campaign leaves.
      await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
      api.close();
    })());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close().finally(() => process.exit(130)));
  await step(`Clearing the ground: namespace ${namespace}, no controller in the cluster`, { usually: '2 s, 15 s after an earlier campaign' }, async () => {
    await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s');
    await system('scale', 'deployment', CONTROLLER_DEPLOYMENT, '--replicas=0');
    await system('wait', 'pods', '--selector=control-plane=controller-manager', '--for=delete', '--timeout=60s');
    await kubectl('create', 'namespace', namespace);
  });
  const literals = template.spec.containers.flatMap(({ env }) => env).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return {
    kubeconfig: cluster.kubeconfig,
    api,
    operatorNamespace: OPERATOR_NAMESPACE,
    namespace,
    env: { ...Object.fromEntries(literals), POD_NAMESPACE: OPERATOR_NAMESPACE },
    fill: async () => void (await kubectl.sql(DATABASE, DATABASE, FILL)),
    damage: async () => void (await kubectl.sql(DATABASE, DATABASE, DAMAGE)),
    content: () => proveTables(kubectl, DATABASE, DATABASE),
    close,
  };
}
