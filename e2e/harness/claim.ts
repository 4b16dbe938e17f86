// A look into a claim, as an administrator would: a pod that mounts it.
import type { Kubectl } from './kubectl.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from './pods.ts';

/** Runs a shell command in a pod that has the claim at /backups; returns what it prints. */
export async function inClaim(kubectl: Kubectl, claim: string, command: string): Promise<string> {
  const name = `look-${Math.random().toString(36).slice(2, 8)}`;
  const container = { name: 'look', image: 'postgres:14', imagePullPolicy: 'IfNotPresent', command: ['bash', '-c', command], securityContext: RESTRICTED_CONTAINER, volumeMounts: [{ name: 'claim', mountPath: '/backups' }] };
  const spec = { restartPolicy: 'Never', securityContext: RESTRICTED_POD, containers: [container], volumes: [{ name: 'claim', persistentVolumeClaim: { claimName: claim } }] };
  await kubectl.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
  const ended = await kubectl.attempt('wait', `pod/${name}`, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=180s');
  const output = await kubectl('logs', name);
  await kubectl('delete', 'pod', name, '--wait=false');
  if (ended.exitCode !== 0) throw new Error(`"${command}" failed in claim ${claim}: ${output}`);
  return output.trim();
}

/** Every file in a claim, by path, hidden ones too. */
export const filesIn = async (kubectl: Kubectl, claim: string): Promise<string[]> =>
  (await inClaim(kubectl, claim, 'cd /backups && find . -type f | sort')).split('\n').filter((line) => line !== '');
