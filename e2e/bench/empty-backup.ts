// P11: a Backup of an empty Database on the embedded cluster, in turns with a Job that does nothing.
import { waitFor } from '../cluster/api.ts';
import { AdminApi } from '../campaigns/api.ts';
import { createObject, DATABASE, jobsPath, pathOf, untilPhase } from '../campaigns/objects.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import { ensureOperator } from '../harness/operator.ts';
import { step } from '../lib/step.ts';
import type { Figure } from './figures.ts';
import { median } from './rounds.ts';

const NAMESPACE = 'bench-backup';

/** The figures of that many rounds. */
export async function emptyBackups(rounds: number): Promise<Figure[]> {
  const cluster = await ensureOperator();
  const kubectl = kubectlFor(cluster, NAMESPACE);
  const api = new AdminApi(cluster.kubeconfig);
  const backups: number[] = [];
  const jobs: number[] = [];
  await step(`An empty Database in namespace ${NAMESPACE}`, { usually: '15 s' }, async () => {
    await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s');
    await kubectl('create', 'namespace', NAMESPACE);
    await createObject(api, 'Database', { namespace: NAMESPACE, name: DATABASE });
    await untilPhase(api, pathOf('Database', NAMESPACE, DATABASE), ['Ready']);
    // The first one makes the claim.
    await backUp(api, 'first');
  });
  try {
    await step(`${rounds} Backups and bare Jobs in turns`, { usually: '8 s a round' }, async () => {
      for (let round = 0; round < rounds; round += 1) {
        backups.push(await backUp(api, `round-${round}`));
        jobs.push(await runBareJob(api, `round-${round}`));
      }
    });
  } finally {
    await kubectl('delete', 'namespace', NAMESPACE, '--wait=false');
    api.close();
  }
  return [
    { id: 'P11', what: 'Backup of an empty database, created until Completed', value: median(backups), unit: 's', goal: '<=5' },
    { id: 'P11-job', what: 'a bare Job that runs `true`, created until Complete', value: median(jobs), unit: 's', goal: '' },
  ];
}

/** Seconds until a new Backup is Completed. */
async function backUp(api: AdminApi, name: string): Promise<number> {
  const startedAt = performance.now();
  await createObject(api, 'Backup', { namespace: NAMESPACE, name });
  const { status } = await untilPhase(api, pathOf('Backup', NAMESPACE, name), ['Completed', 'Failed']);
  if (status?.phase !== 'Completed') throw new Error(`Backup ${name} failed: ${JSON.stringify(status)}`);
  return (performance.now() - startedAt) / 1000;
}

/** Seconds until a Job that does nothing is Complete. */
async function runBareJob(api: AdminApi, name: string): Promise<number> {
  const container = { name: 'nothing', image: 'postgres:14', imagePullPolicy: 'IfNotPresent', command: ['true'] };
  const spec = { template: { spec: { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [container] } } };
  const startedAt = performance.now();
  await api.create(jobsPath(NAMESPACE), { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: NAMESPACE }, spec });
  await waitFor(`Job ${name} to be Complete`, 120, async () => {
    const { status } = (await api.get(`${jobsPath(NAMESPACE)}/${name}`)) ?? {};
    if (status?.conditions?.some((condition) => condition.type === 'Complete' && condition.status === 'True') !== true) throw new Error(`it is ${JSON.stringify(status)}`);
  });
  return (performance.now() - startedAt) / 1000;
}
