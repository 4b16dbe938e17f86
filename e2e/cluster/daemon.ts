// The one process of a cluster on the host: `daemon.ts STATE_DIR GENERATION CGROUP`. It passes the API server on to a loopback port
// and holds the node; when it ends, however it ends, the node ends with it.
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { forward } from './node/forward.ts';
import { identify, type ProcessIdentity } from '../lib/process.ts';
import { joinCgroup } from './cgroups.ts';
import { daemonFile, parseIntent, readText, writeRecord, type DaemonRecord } from './record.ts';
import { API_SOCKET } from './units.ts';

async function main(stateDir: string, generation: string, cgroup: string): Promise<void> {
  // Socket paths have at most 107 characters; relative ones stay short wherever the state folder is.
  process.chdir(stateDir);
  const server = await forward({ host: '127.0.0.1', port: 0 }, API_SOCKET);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the forwarder has no port');
  const record: DaemonRecord = { generation, port: address.port, daemon: identityOf(process.pid) };
  writeRecord(daemonFile(generation), record);
  // Whoever cleans up first takes the generation away and then looks for this record; we write the record and then look for the
  // generation. One of the two always notices the other.
  if (parseIntent(readText('cluster.json'))?.generation !== generation) process.exit(0);
  joinCgroup(cgroup, process.pid);
  const node = startNode(stateDir);
  node.once('exit', (code) => {
    console.error(`the node ended with ${code ?? 'a signal'}`);
    process.exit(1);
  });
  if (node.pid !== undefined) writeRecord(daemonFile(generation), { ...record, node: identityOf(node.pid) });
}

function startNode(stateDir: string): ChildProcess {
  const log = openSync('logs/node.log', 'a');
  const namespaces = ['--net', '--mount', '--pid', '--uts', '--fork', '--kill-child'];
  const command = ['unshare', ...namespaces, 'bash', join(stateDir, 'config', 'init.sh'), stateDir];
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', log, log] });
}

function identityOf(pid: number): ProcessIdentity {
  const identity = identify(pid);
  if (identity === undefined) throw new TypeError(`process ${pid} is gone`);
  return identity;
}

// A closing terminal says HUP to everything that ever belonged to it.
process.on('SIGHUP', () => undefined);
const [stateDir = '', generation = '', cgroup = ''] = process.argv.slice(2);
await main(stateDir, generation, cgroup);
