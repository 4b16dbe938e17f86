import { describe, expect, inject, it } from 'vitest';
import { run } from '../lib/run.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import { OPERATOR_NAMESPACE } from '../harness/operator.ts';

describe('A platform engineer asks whether the installation works', () => {
  const { helm, kubectl: tool, kubeconfig } = inject('cluster');
  const kubectl = kubectlFor({ kubectl: tool, kubeconfig }, OPERATOR_NAMESPACE);

  it('helm test backs up a Database of its own and restores it, says so, and leaves nothing behind', async () => {
    const { stdout } = await run(helm, ['test', 'postgres-operator', '--namespace', OPERATOR_NAMESPACE, '--logs', '--timeout', '8m'], { env: { KUBECONFIG: kubeconfig }, timeoutSeconds: 500 });
    expect(stdout).toMatch(/Phase:\s+Succeeded/);
    expect(await kubectl('get', 'databases,backups,restores,persistentvolumeclaims,statefulsets', '-o', 'name')).toBe('');
    // Jobs of a Database that is gone are the garbage collector's, and the pod of the test is the kubelet's.
    await expect.poll(() => kubectl('get', 'jobs', '-o', 'name'), { timeout: 120_000 }).toBe('');
    await expect.poll(() => kubectl('get', 'pods,serviceaccounts,roles,rolebindings', '-o', 'name'), { timeout: 120_000 }).not.toContain('self-test');
  });
});
