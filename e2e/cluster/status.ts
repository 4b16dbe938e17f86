import { readdirSync } from 'node:fs';
import { isAlive } from '../lib/process.ts';
import { messageOf } from '../lib/error.ts';
import { apiGet } from './api.ts';
import { apiOf, requireHealthy } from './cluster.ts';
import { clusterPaths } from './paths.ts';
import { readDaemon, readIntent } from './record.ts';
import { pinnedVersion } from './tools.ts';

export interface Status {
  running: boolean;
  text: string;
}

export async function clusterStatus(): Promise<Status> {
  const paths = clusterPaths();
  const intent = readIntent(paths);
  if (intent === undefined) return { running: false, text: 'No cluster runs for this clone: npm run cluster -- up' };
  const record = readDaemon(paths, intent.generation);
  if (record === undefined || !isAlive(record.daemon) || !isAlive(record.node)) {
    return { running: false, text: `Left over from a cluster that has ended (logs: ${paths.logs}): \`up\` replaces it, \`down\` removes it` };
  }
  const server = apiOf(paths, record);
  const health = await requireHealthy(server).then(() => 'ready', messageOf);
  const version = await apiGet(server, '/version').then((found) => (found as { gitVersion?: string }).gitVersion, messageOf);
  const lines = {
    state: intent.complete ? health : `incomplete: \`up\` still runs or was cut short (${health})`,
    'API server': `https://127.0.0.1:${record.port}, ${version}`,
    versions: `etcd ${pinnedVersion('kubernetes', 'go.etcd.io/etcd/server/v3')}, CoreDNS ${pinnedVersion('coredns', 'github.com/coredns/coredns')}`,
    started: intent.createdAt,
    processes: `daemon ${record.daemon.pid}, node ${record.node?.pid}`,
    programs: readdirSync(paths.units).join(', '),
    kubeconfig: paths.kubeconfig,
    logs: `${paths.logs}/*.log (requests: audit.log; pods: ${paths.stateDir}/var-log/pods)`,
    state_folder: paths.stateDir,
  };
  const text = Object.entries(lines).map(([key, value]) => `${`${key.replace('_', ' ')}:`.padEnd(14)}${value}`);
  return { running: health === 'ready', text: text.join('\n') };
}
