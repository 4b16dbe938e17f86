// Pods that the harness itself starts.
import type { Kubectl } from './kubectl.ts';

/** What Pod Security "restricted" asks of a pod. */
export const RESTRICTED_POD = { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } };

/** What it asks of each container. */
export const RESTRICTED_CONTAINER = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };

/** Waits until a pod is ready; the error shows what it has logged. */
export async function waitUntilReady(kubectl: Kubectl, pod: string): Promise<void> {
  const { exitCode, stderr } = await kubectl.attempt('wait', `pod/${pod}`, '--for=condition=Ready', '--timeout=180s');
  if (exitCode === 0) return;
  const { stdout } = await kubectl.attempt('logs', pod, '--tail=20');
  throw new Error(`pod ${pod} of the test does not become ready: ${stderr.trim()}\n${stdout.trim()}`);
}
