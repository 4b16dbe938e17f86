// What bench:restore works with: a server as an operator's Database has it, one database in it, and its backups by the runner and by hand.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { bundleRunner, dumpRequest, makePod, restoreRequest, startBundle, type Pod, type RunnerBundle } from '../../packages/backup-runner/test/pod.ts';
import { PASSWORDS, USERS, startPostgres, startThrowAway, type PostgresServer } from '../../packages/backup-runner/test/postgres-server.ts';
import type { DrillRequest } from '@postgres-operator/api';
import { DRILL_SETTINGS } from '../../packages/controller/src/backup/drill/server.ts';
import { step } from '../lib/step.ts';
import { BENCH_DATABASE, fill } from './bench-data.ts';
import { runRunner } from './contenders.ts';
import { measure, type Measured } from './process-tree.ts';

const DAY = 86_400;
/** UID of the Backup that is drilled. */
const DRILLED = '00000000-0000-4000-8000-000000000000';
/** The database that peers restore into, unless they do it in place. */
export const PEER_DATABASE = 'peer';

/** A server with the database, and what was made of it. */
export interface RestoreGround {
  readonly server: PostgresServer;
  readonly pod: Pod;
  readonly bundle: RunnerBundle;
  readonly manifestSha256: string;
  /** Folder with `dump`, by pg_dump -Fc. */
  readonly folder: string;
  /** Of the database, in bytes. */
  readonly size: number;
}

/** Makes such ground, and takes it away after the work. */
export async function onRestoreGround<T>(megabytes: number, work: (ground: RestoreGround) => Promise<T>): Promise<T> {
  // PostgreSQL's own settings, which a Database has too. The tests' server does not wait for its disk; this one does.
  const [server, pod, bundle, folder] = await Promise.all([startPostgres(['fsync=on']), makePod(), bundleRunner(), mkdtemp(join(tmpdir(), 'bench-restore-'))]);
  try {
    return await work(await step(`A database of ${megabytes} MB, and its backups`, { usually: '2 min' }, () => prepare({ server, pod, bundle, folder }, megabytes)));
  } finally {
    await Promise.all([server.stop(), pod.remove(), bundle.remove(), rm(folder, { recursive: true })]);
  }
}

async function prepare(bare: Pick<RestoreGround, 'server' | 'pod' | 'bundle' | 'folder'>, megabytes: number): Promise<RestoreGround> {
  const { server, pod, bundle } = bare;
  const size = await fill(server, megabytes);
  const { result, log } = await startBundle({ entry: bundle.entry, pod, request: dumpRequest({ host: '127.0.0.1', port: server.port, database: BENCH_DATABASE }) }).ended;
  if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(log);
  const ground = { ...bare, size, manifestSha256: result.manifestSha256 };
  await byHand(ground, `pg_dump -Fc -f dump ${BENCH_DATABASE}`);
  await server.query('postgres', 'checkpoint');
  console.error(`  it has ${Math.round(size / 1e6)} MB, its backup ${Math.round(result.bytes / 1e6)} MB`);
  return ground;
}

/** One restore by the runner in the place of the live database. What it replaced is kept, and removed afterwards, which is not measured. */
export async function runnerRestores({ server, pod, bundle, manifestSha256 }: RestoreGround, jobs: number): Promise<Measured> {
  const uid = `${Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const object = { kind: 'Restore', namespace: 'bench', name: 'bench', uid } as const;
  const request = restoreRequest({ host: '127.0.0.1', port: server.port, database: BENCH_DATABASE }, manifestSha256, { object, jobs, keepPreviousSeconds: DAY });
  try {
    return await runRunner({ bundle, pod, request });
  } finally {
    await drop(server, `previous_${uid.slice(0, 8)}`);
  }
}

/** One drill by the runner, and the seconds that its server took to be made before that, which in a pod happens meanwhile. */
export async function drillRestores({ pod, bundle, manifestSha256 }: RestoreGround): Promise<{ measured: Measured; making: number }> {
  const startedAt = performance.now();
  const throwAway = await startThrowAway(DRILL_SETTINGS);
  const making = (performance.now() - startedAt) / 1000;
  const { v, operatorVersion, source } = restoreRequest({ host: '', port: 0, database: BENCH_DATABASE }, manifestSha256);
  const request = { v, operatorVersion, object: { kind: 'Backup', namespace: 'bench', name: 'bench', uid: DRILLED }, command: 'drill', source: source as DrillRequest['source'] } as const;
  try {
    return { measured: await runRunner({ bundle, pod: { ...pod, environment: { ...pod.environment, drillFolder: throwAway.folder } }, request }), making };
  } finally {
    await throwAway.stop();
  }
}

/** Runs a script as the superuser, with the dumps at hand. */
export function byHand({ server, folder }: Pick<RestoreGround, 'server' | 'folder'>, text: string): Promise<Measured> {
  const env = { PATH: `/usr/lib/postgresql/15/bin:${process.env['PATH'] ?? ''}`, PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: USERS.superuser, PGPASSWORD: PASSWORDS.superuser };
  return measure({ text, env, cwd: folder });
}

/** Removes a database, and the traces of that. */
export async function drop(server: PostgresServer, database: string): Promise<void> {
  await server.query('postgres', `drop database if exists ${escapeIdentifier(database)} with (force)`);
  await server.query('postgres', 'checkpoint');
}
