// A backup as a person looks at it who has standard tools and docs/backup-format.md, and nothing of the operator.
import { inject } from 'vitest';
import { run } from '../lib/run.ts';
import type { Kubectl } from './kubectl.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD, waitUntilReady } from './pods.ts';

/** The folder of a backup, in a pod that can read it. */
export interface Folder {
  readonly pod: string;
  readonly path: string;
}

const READER = 'reader';

/** Starts the one pod of a namespace that has a claim at /backups. */
export async function readClaim(kubectl: Kubectl, claim: string): Promise<string> {
  const command = ['tail', '-f', '/dev/null'];
  const container = { name: READER, image: 'postgres:17', imagePullPolicy: 'IfNotPresent', command, securityContext: RESTRICTED_CONTAINER, volumeMounts: [{ name: 'claim', mountPath: '/backups', readOnly: true }] };
  const spec = { terminationGracePeriodSeconds: 0, securityContext: RESTRICTED_POD, containers: [container], volumes: [{ name: 'claim', persistentVolumeClaim: { claimName: claim } }] };
  await kubectl.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: READER }, spec });
  await waitUntilReady(kubectl, READER);
  return READER;
}

/** SHA-256 of each compressed file, by name. */
export async function checksums(kubectl: Kubectl, { pod, path }: Folder): Promise<Record<string, string>> {
  const lines = await kubectl('exec', pod, '--', 'bash', '-c', 'cd "$1" && sha256sum *.zst', 'bash', path);
  return Object.fromEntries(lines.trim().split('\n').map((line) => line.split(/ +/).reverse() as [string, string]));
}

/** manifest.json. */
export const manifestIn = async (kubectl: Kubectl, { pod, path }: Folder): Promise<Manifest> => JSON.parse(await kubectl('exec', pod, '--', 'cat', `${path}/manifest.json`)) as Manifest;

/** What of a manifest is compared here. */
export interface Manifest {
  readonly rows: number;
  readonly tables: readonly { readonly schema: string; readonly table: string; readonly rows: number }[];
  readonly files: readonly { readonly name: string; readonly storedAs?: string; readonly sha256: string }[];
}

// The commands of docs/backup-format.md, with a kubectl on either side.
const RESTORE = `
set -euo pipefail
from() { "$KUBECTL" exec "$POD" -- bash -c "cd \\"\\$1\\" && cat $1" bash "$FOLDER"; }
into() { "$KUBECTL" exec -i "$SERVER-0" -c postgres -- env PGUSER=postgres "$@"; }
from 'globals*.sql.zst' | zstd --decompress --stdout | into psql --dbname=postgres
into createdb --template=template0 --encoding=UTF8 "$DATABASE" < /dev/null
from 'dump*.pgcustom.zst' | zstd --decompress --stdout | into pg_restore --no-owner --exit-on-error --dbname="$DATABASE"`;

/** Loads a backup into a new database of a server. */
export async function restoreByHand(kubectl: Kubectl, { pod, path }: Folder, server: string, database: string): Promise<void> {
  const cluster = inject('cluster');
  const env = { KUBECTL: cluster.kubectl, KUBECONFIG: cluster.kubeconfig, POD: pod, FOLDER: path, SERVER: server, DATABASE: database };
  await run('bash', ['-c', RESTORE.replaceAll('"$KUBECTL"', `"$KUBECTL" --namespace ${kubectl.namespace}`)], { env, timeoutSeconds: 480 });
}
