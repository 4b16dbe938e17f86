// The mounts of a pod, and the runner's process in them, bundled as in the image. For tests, benches and campaigns.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STORAGE_CREDENTIALS, parseRunResult, type DumpRequest, type RestoreRequest, type RunRequest } from '@postgres-operator/api';
import { identify } from '../../../e2e/lib/process.ts';
import { build } from '../../../scripts/build.ts';
import { POD_ENVIRONMENT, type Environment } from '../src/environment.ts';
import { PASSWORDS, USERS } from './postgres-server.ts';

/** The bundle of the runner. */
export interface RunnerBundle {
  /** What Node runs. */
  readonly entry: string;
  remove(): Promise<void>;
}

/** Bundles the runner, its folders being those of a test. */
export async function bundleRunner(): Promise<RunnerBundle> {
  await sweepAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `runner-bundle-${process.pid}-`));
  const entry = fileURLToPath(new URL('runner-process.ts', import.meta.url));
  const [built] = await build([{ name: 'runner-process', entry, folder }], folder);
  return { entry: join(built?.folder ?? '', 'main.cjs'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Removes the bundles of processes that were killed. */
async function sweepAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, owner] = /^runner-bundle-(\d+)-/.exec(name) ?? [];
    if (owner !== undefined && identify(Number(owner)) === undefined) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** The mounts of a pod. */
export interface Pod {
  readonly folder: string;
  readonly environment: Environment;
  readonly storage: string;
  remove(): Promise<void>;
}

/** Makes the mounts of a pod, with valid credentials. */
export async function makePod(): Promise<Pod> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-pod-'));
  const environment: Environment = {
    ...POD_ENVIRONMENT,
    credentialsFolder: join(folder, 'credentials'),
    storageFolder: join(folder, 'backups'),
    scratchFolder: join(folder, 'scratch'),
    connectRetries: 2,
    storageRetries: 2,
    // The smallest that S3 allows.
    smallestPart: 5 * 1024 * 1024,
    progressMilliseconds: 50,
    // As long as a busy machine may take; the tests of standbys that lag shorten it.
    standbyPatienceMilliseconds: 60_000,
  };
  await mkdir(environment.storageFolder);
  await mkdir(environment.scratchFolder);
  for (const identity of ['superuser', 'owner', 'backup'] as const) {
    const files = join(environment.credentialsFolder, identity);
    await mkdir(files, { recursive: true });
    await writeFile(join(files, 'username'), USERS[identity]);
    await writeFile(join(files, 'password'), `${PASSWORDS[identity]}\n`);
  }
  return { folder, environment, storage: environment.storageFolder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Mounts files of the Secret of a store. */
export async function mountStore(pod: Pod, files: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(pod.environment.credentialsFolder, STORAGE_CREDENTIALS.folder);
  await mkdir(folder, { recursive: true });
  for (const [name, value] of Object.entries(files)) await writeFile(join(folder, name), value);
}

/** How a runner's process ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly result: ReturnType<typeof parseRunResult>;
  readonly log: string;
}

/** A runner's process. */
export interface Runner {
  readonly child: ChildProcess;
  /** What it has logged so far. */
  readonly log: () => string;
  readonly ended: Promise<Ended>;
}

/** What a runner is started with. */
export interface Start {
  /** Of its bundle. */
  readonly entry: string;
  readonly pod: Pod;
  readonly request: RunRequest;
  /** A command that makes its surroundings. */
  readonly through?: readonly string[];
  /** Further ones of its environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts a runner. */
export function startBundle({ entry, pod, request, through = [], variables = {} }: Start): Runner {
  const resultFile = join(pod.folder, `result-${Math.random()}`);
  const env = { PATH: process.env['PATH'], RUN_REQUEST: JSON.stringify(request), RUN_ENVIRONMENT: JSON.stringify(pod.environment), RUN_RESULT_FILE: resultFile, ...variables };
  const [command = '', ...args] = [...through, process.execPath, entry];
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(child, 'close').then(async ([exitCode]): Promise<Ended> => {
    const text = await readFile(resultFile, 'utf8').catch(() => undefined);
    return { exitCode: typeof exitCode === 'number' ? exitCode : null, result: parseRunResult(text), log };
  });
  return { child, log: () => log, ended };
}

/** A request to dump. */
export const dumpRequest = (server: DumpRequest['server'], changes: Partial<DumpRequest> = {}): DumpRequest => ({
  v: 1,
  command: 'dump',
  object: { kind: 'Backup', namespace: 'shop', name: 'nightly', uid: '0a1b2c3d-0000-4000-8000-000000000001' },
  server,
  destination: { location: 'pvc://backups/shop/db/nightly-0a1b2c3d', path: 'shop/db/nightly-0a1b2c3d' },
  operatorVersion: '0.1.0',
  ...changes,
});

/** A request to restore. */
export const restoreRequest = (server: RestoreRequest['server'], manifestSha256: string, changes: Partial<RestoreRequest> = {}): RestoreRequest => ({
  v: 1,
  command: 'restore',
  object: { kind: 'Restore', namespace: 'shop', name: 'undo', uid: 'feedc0de-0000-4000-8000-000000000002' },
  server,
  source: { location: 'pvc://backups/shop/db/nightly-0a1b2c3d', path: 'shop/db/nightly-0a1b2c3d', manifestSha256 },
  operatorVersion: '0.1.0',
  ...changes,
});
