// Who is measured: the runner as its Job starts it, and what people write themselves.
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { parseRunResult, type DumpRequest, type RunRequest } from '@postgres-operator/api';
import { BUCKET, KEYS, type ObjectStore } from '../../packages/backup-runner/test/object-store.ts';
import { PASSWORDS, USERS, type PostgresServer } from '../../packages/backup-runner/test/postgres-server.ts';
import { dumpRequest, makePod, mountStore, type Pod, type RunnerBundle } from '../../packages/backup-runner/test/pod.ts';
import { POD_ENVIRONMENT } from '../../packages/backup-runner/src/environment.ts';
import { run } from '../lib/run.ts';
import { BENCH_DATABASE } from './bench-data.ts';
import { measure, type Measured } from './process-tree.ts';

/** What the contenders work with. */
export interface Ground {
  readonly server: PostgresServer;
  readonly store: ObjectStore;
  readonly bundle: RunnerBundle;
}

export type Contender = 'ours' | 'P1' | 'P2' | 'tuned' | 'P3' | 'floor';

// The client of the server's own major, as the runner chooses it.
const PATH = `/usr/lib/postgresql/15/bin:${process.env['PATH'] ?? ''}`;

/** What each peer does. `sink:` is the bucket. */
export const PEERS: Readonly<Record<Exclude<Contender, 'ours'>, string>> = {
  P1: `pg_dump -Fc | rclone rcat sink:${BUCKET}/peer`,
  P2: `pg_dump -Fp | zstd -q -1 | rclone rcat sink:${BUCKET}/peer`,
  // In rclone's own parts of 5 MiB the upload to this store takes twice as long as the dump: that alone would flatter whoever sends larger ones.
  tuned: `pg_dump -Fp | zstd -q -1 | rclone rcat --s3-chunk-size 16M sink:${BUCKET}/peer`,
  P3: `pg_dump -Fd -j2 -Z0 -f dump && tar -cf - dump | zstd -q -1 -T2 | rclone rcat sink:${BUCKET}/peer`,
  floor: 'pg_dump -Fp > /dev/null',
};

/** One run of the runner as its Job starts it, in a pod of the bench. */
export async function runRunner({ bundle, pod, request }: { readonly bundle: RunnerBundle; readonly pod: Pod; readonly request: RunRequest }): Promise<Measured> {
  const { credentialsFolder, storageFolder, scratchFolder, drillFolder } = pod.environment;
  const environment = { ...POD_ENVIRONMENT, credentialsFolder, storageFolder, scratchFolder, drillFolder };
  const env = { NODE_ENV: 'production', RUN_REQUEST: JSON.stringify(request), RUN_ENVIRONMENT: JSON.stringify(environment), RUN_RESULT_FILE: join(pod.folder, 'result') };
  // As images/runner/Dockerfile starts it.
  const text = `"${process.execPath}" --enable-source-maps --max-semi-space-size=1 --initial-old-space-size=256 "${bundle.entry}"\ncat "$RUN_RESULT_FILE"`;
  const measured = await measure({ text, env, cwd: pod.folder });
  const result = parseRunResult(measured.output.trimEnd().split('\n').at(-1));
  if (result.outcome !== 'succeeded') throw new Error(`the runner did not succeed:\n${measured.output}`);
  return measured;
}

/** Seconds between two lines of the runner's log. */
export function secondsBetween(output: string, from: string, to: string): number {
  const at = (message: string): number => Date.parse(new RegExp(`"time":"([^"]+)","msg":"${message}"`).exec(output)?.[1] ?? '');
  return (at(to) - at(from)) / 1000;
}

/** Says what a contender took, as soon as it is known. */
export async function told(name: string, work: Promise<Measured>): Promise<Measured> {
  const measured = await work;
  console.error(`  ${name.padEnd(6)} ${measured.seconds.toFixed(2)} s, ${measured.cpuSeconds.toFixed(1)} s of processor time, ${Math.round(measured.megabytes)} MB; load ${loadavg()[0]?.toFixed(1)}`);
  return measured;
}

/** One run of the runner: dump, inline proof, globals, manifest. What it stored is removed again, which is not measured. */
export async function runOurs({ server, store, bundle }: Ground): Promise<Measured> {
  const pod = await makePod();
  try {
    await mountStore(pod, { ...KEYS, AWS_ENDPOINT_URL_S3: endpoint(store) });
    const destination: DumpRequest['destination'] = { type: 's3', location: `s3://${BUCKET}/bench/ours`, bucket: BUCKET, prefix: 'bench/ours' };
    return await runRunner({ bundle, pod, request: dumpRequest({ host: '127.0.0.1', port: server.port, database: BENCH_DATABASE }, { destination }) });
  } finally {
    await pod.remove();
    await empty(store);
  }
}

/** One run of a peer. */
export async function runPeer({ server, store }: Ground, peer: Exclude<Contender, 'ours'>): Promise<Measured> {
  const cwd = await mkdtemp(join(tmpdir(), 'bench-peer-'));
  try {
    const postgres = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGDATABASE: BENCH_DATABASE, PGUSER: USERS.backup, PGPASSWORD: PASSWORDS.backup };
    return await measure({ text: PEERS[peer], env: { PATH, ...postgres, ...rcloneRemote(store), HOME: cwd }, cwd });
  } finally {
    await rm(cwd, { recursive: true, force: true });
    await empty(store);
  }
}

const endpoint = ({ port }: ObjectStore): string => `http://127.0.0.1:${port}`;

/** A remote called "sink", without a file. */
const rcloneRemote = (store: ObjectStore): Readonly<Record<string, string>> => ({
  RCLONE_CONFIG_SINK_TYPE: 's3',
  RCLONE_CONFIG_SINK_PROVIDER: 'Other',
  RCLONE_CONFIG_SINK_ENDPOINT: endpoint(store),
  RCLONE_CONFIG_SINK_REGION: KEYS.AWS_REGION,
  RCLONE_CONFIG_SINK_FORCE_PATH_STYLE: 'true',
  RCLONE_CONFIG_SINK_ACCESS_KEY_ID: KEYS.AWS_ACCESS_KEY_ID,
  RCLONE_CONFIG_SINK_SECRET_ACCESS_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
});

/** Each run finds the store as the first one did, and no bytes of an earlier run that wait for the disk. */
async function empty(store: ObjectStore): Promise<void> {
  for (const Key of await store.keys()) await store.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
  await run('sync', []);
}
