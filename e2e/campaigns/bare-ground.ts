// An API server with Kubernetes' own controllers and no node: pods do what pods-on-paper.ts says. For the tests, where
// other stories run on the embedded cluster at the same time.
import { startControlPlane } from '../cluster/index.ts';
import { installIdentity } from '../harness/chart-identity.ts';
import { AdminApi } from './api.ts';
import type { Ground } from './ground.ts';
import { playPods } from './pods-on-paper.ts';

const OPERATOR_NAMESPACE = 'postgres-operator-system';

export async function bareGround(): Promise<Ground> {
  const plane = await startControlPlane({ withControllerManager: true });
  await installIdentity(plane.kubeconfig, OPERATOR_NAMESPACE);
  const api = new AdminApi(plane.kubeconfig);
  const namespace = 'default';
  const stop = await playPods(api, namespace);
  return {
    kubeconfig: plane.kubeconfig,
    api,
    operatorNamespace: OPERATOR_NAMESPACE,
    namespace,
    env: { RUNNER_IMAGE: 'backup-runner:test', POD_NAMESPACE: OPERATOR_NAMESPACE },
    // There is no database in a pod on paper.
    fill: () => Promise.resolve(),
    damage: () => Promise.resolve(),
    content: () => Promise.resolve(undefined),
    async close() {
      await stop();
      api.close();
      await plane.stop();
    },
  };
}
