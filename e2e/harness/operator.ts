// The product on the embedded cluster: cluster up, images in, chart installed. All of it is skipped where it is done.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ensureCluster, loadArchive, type Cluster } from '../cluster/index.ts';
import { ensureImages, type ImageArchive } from '../images/index.ts';
import { step, type StepLog } from '../lib/step.ts';

export const OPERATOR_NAMESPACE = 'postgres-operator-system';
export const CONTROLLER_DEPLOYMENT = 'postgres-operator-controller-manager';
const CHART = fileURLToPath(new URL('../../charts/postgres-operator', import.meta.url));

/** How much controller and runners say. */
export type LogLevel = 'info' | 'debug';

/** Brings the operator of this checkout up, whatever ran before. */
export async function ensureOperator(logLevel: LogLevel = 'info'): Promise<Cluster> {
  const cluster = await ensureCluster();
  const images = await ensureImages();
  await step('Loading the images into the cluster', { usually: '40 s, 3 s when they are there' }, async () => {
    for (const { archive } of images) await loadArchive(cluster, archive);
  });
  await step('Installing the operator', { usually: '10 s' }, (log) => install(cluster, { images, logLevel }, log));
  return cluster;
}

async function install(cluster: Cluster, { images, logLevel }: { images: readonly ImageArchive[]; logLevel: LogLevel }, log: StepLog): Promise<void> {
  const env = { KUBECONFIG: cluster.kubeconfig };
  // The tag of an image stays while its content changes: the digest in an annotation restarts the controller then.
  const digest = createHash('sha256').update(images.map((image) => image.digest).join()).digest('hex').slice(0, 16);
  const values = ['--set-string', `controller.podAnnotations.images-digest=${digest}`, '--set', `controller.logLevel=${logLevel}`];
  const args = ['upgrade', '--install', 'postgres-operator', CHART, '--namespace', OPERATOR_NAMESPACE, '--create-namespace', ...values, '--wait', '--timeout', '2m'];
  await log.run(cluster.helm, args, { env });
}
