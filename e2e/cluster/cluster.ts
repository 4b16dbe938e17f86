import { StepError } from '../lib/error.ts';
import { apiGet, type ApiServer } from './api.ts';
import type { ClusterPaths } from './paths.ts';
import type { DaemonRecord } from './record.ts';
import { toolPath } from './tools.ts';
import { NODE_NAME } from './units.ts';

export interface Cluster {
  kubeconfig: string;
  /** Path of the binary. */
  kubectl: string;
  /** Path of the binary. */
  helm: string;
  stateDir: string;
  apiserverUrl: string;
  /** One JSON object a line: every request, without bodies. */
  auditLog: string;
}

export async function requireHealthy(server: ApiServer): Promise<void> {
  await apiGet(server, '/readyz');
  await requireReadyNode(server);
}

export async function requireReadyNode(server: ApiServer): Promise<void> {
  const node = (await apiGet(server, `/api/v1/nodes/${NODE_NAME}`)) as { status?: { conditions?: { type: string; status: string; message?: string }[] } };
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True') throw new StepError(`node ${NODE_NAME} is not ready: ${ready?.message ?? 'no word from the kubelet yet'}`);
}

export function apiOf(paths: ClusterPaths, record: DaemonRecord): ApiServer {
  return { port: record.port, pki: paths.pki };
}

export function describeCluster(paths: ClusterPaths, record: DaemonRecord): Cluster {
  return {
    kubeconfig: paths.kubeconfig,
    kubectl: toolPath('kubectl'),
    helm: toolPath('helm'),
    stateDir: paths.stateDir,
    apiserverUrl: `https://127.0.0.1:${record.port}`,
    auditLog: paths.audit,
  };
}
