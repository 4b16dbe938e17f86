import { describe, expect, inject, it } from 'vitest';
import { run } from '../lib/run.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import { OPERATOR_NAMESPACE } from '../harness/operator.ts';

describe('A platform engineer asks whether the installation works', () => {
  const { helm, kubectl: tool, kubeconfig } = inject('cluster');
  const kubectl = kubectlFor({ kubectl: tool, kubeconfig }, OPERATOR_NAMESPACE);

  it('helm test backs up a Database of its own and restores it, says so, and leaves nothing behind', async () => {
    const { stdout } = await run(helm, ['test', 'postgres-operator', '--namespace', OPERATOR_NAMESPACE, '--logs', '--timeout', '4m'], { env: { KUBECONFIG: kubeconfig }, timeoutSeconds: 300 });
    expect(stdout).toMatch(/Phase:\s+Succeeded/);
    expect(await kubectl('get', 'databases,backups,restores,persistentvolumeclaims,jobs,statefulsets', '-o', 'name')).toBe('');
    expect(await kubectl('get', 'pods,serviceaccounts,roles,rolebindings', '-o', 'name')).not.toContain('self-test');
    // A little longer than Helm waits, so that it is Helm who says what did not end.
  }, 300_000);
});
