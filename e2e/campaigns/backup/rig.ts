// What a campaign of backups works with: a real server, a real object store behind a proxy that spoils requests, and claims as folders.
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiscardRequest, DumpRequest, RunRequest } from '@postgres-operator/api';
import { startFaultyProxy, type FaultyProxy } from '../../faulty-proxy/proxy.ts';
import { ensureDebianPackages } from '../../lib/packages.ts';
import { BUCKET, KEYS, startObjectStore, type ObjectStore } from '../../../packages/backup-runner/test/object-store.ts';
import { startPostgres, type PostgresServer } from '../../../packages/backup-runner/test/postgres-server.ts';
import { bundleRunner, dumpRequest, makePod, mountStore, startBundle, type Ended, type Pod, type Runner, type RunnerBundle } from '../../../packages/backup-runner/test/pod.ts';
import { addNoise, createDatabase } from '../../../packages/backup-runner/test/stories.ts';
import type { BrokenTool, Fault } from './faults.ts';

export const DATABASE = 'noise';
/** The backup in each place that was there before all others. */
export const EARLIER = 'earlier';
// Three of the smallest parts, since hashes do not compress.
const ROWS = 85_000;
const CLIENTS = '/usr/lib/postgresql/15/bin';

/** What a run without a fault takes. */
export interface Reference {
  readonly seconds: number;
  /** Of pg_dump's output. */
  readonly plainBytes: number;
  /** Of the backup in a claim. */
  readonly storedBytes: number;
  readonly parts: number;
}

/** Where one backup is. */
export interface Spot {
  readonly place: Fault['place'];
  /** The bucket or the claim, as a folder. */
  readonly root: string;
  /** Its folder below that. */
  readonly path: string;
}

export class BackupRig {
  readonly server: PostgresServer;
  readonly store: ObjectStore;
  readonly proxy: FaultyProxy;
  readonly pod: Pod;
  readonly #bundle: RunnerBundle;

  constructor(parts: { server: PostgresServer; store: ObjectStore; proxy: FaultyProxy; pod: Pod; bundle: RunnerBundle }) {
    ({ server: this.server, store: this.store, proxy: this.proxy, pod: this.pod, bundle: this.#bundle } = parts);
  }

  /** The place of the backup of that name. */
  spot(place: Fault['place'], name: string): Spot {
    return { place, root: place === 's3' ? this.store.folder : this.pod.storage, path: `shop/db/${name}` };
  }

  /** What the controller asks for: a dump into that place. Every backup is of a Backup of its own. */
  dumpTo({ place, path }: Spot): DumpRequest {
    const destination: DumpRequest['destination'] = place === 's3' ? { type: 's3', location: `s3://${BUCKET}/${path}`, bucket: BUCKET, prefix: path } : { location: `pvc://backups/${path}`, path };
    return dumpRequest({ host: '127.0.0.1', port: this.server.port, database: DATABASE }, { destination });
  }

  discardAt(spot: Spot): DiscardRequest {
    const { object, destination, operatorVersion } = this.dumpTo(spot);
    return { v: 1, command: 'discard', object, destination, operatorVersion };
  }

  /** Starts a runner, if need be with other tools and through a command that makes its surroundings. */
  start(request: RunRequest, { toolsFolder, through }: { toolsFolder?: string | undefined; through?: readonly string[] | undefined } = {}): Runner {
    const pod = toolsFolder === undefined ? this.pod : { ...this.pod, environment: { ...this.pod.environment, toolsFolder } };
    return startBundle({ entry: this.#bundle.entry, pod, request, ...(through !== undefined && { through }) });
  }

  run(request: RunRequest): Promise<Ended> {
    return this.start(request).ended;
  }

  /** A folder of tools whose pg_dump breaks. The caller removes it. */
  async brokenTools({ share, end }: BrokenTool, plainBytes: number): Promise<string> {
    const folder = join(this.pod.folder, `tools-${Math.random()}`);
    const bin = join(folder, '15/bin');
    await mkdir(bin, { recursive: true });
    await symlink(`${CLIENTS}/pg_dumpall`, join(bin, 'pg_dumpall'));
    const last = end.startsWith('exit') ? end : `kill -${end.slice('SIG'.length)} $$`;
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then exec ${CLIENTS}/pg_dump --version; fi\n${CLIENTS}/pg_dump "$@" | head -c ${Math.floor(share * plainBytes)}\n${last}\n`;
    await writeFile(join(bin, 'pg_dump'), script, { mode: 0o755 });
    return folder;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await Promise.all([this.server.stop(), this.store.stop(), this.pod.remove(), this.#bundle.remove()]);
  }
}

/** Starts it all, with a database that makes a backup of several parts. */
export async function startBackupRig(): Promise<BackupRig> {
  await ensureDebianPackages(['zstd']);
  const [server, store, pod, bundle] = await Promise.all([startPostgres(), startObjectStore(), makePod(), bundleRunner()]);
  const proxy = await startFaultyProxy({ store: `http://127.0.0.1:${store.port}` });
  await mountStore(pod, { ...KEYS, AWS_ENDPOINT_URL_S3: proxy.url });
  await createDatabase(server, DATABASE);
  await addNoise(server, DATABASE, ROWS);
  return new BackupRig({ server, store, proxy, pod, bundle });
}

/** Removes a folder of tools. */
export const removeTools = (folder: string | undefined): Promise<void> => (folder === undefined ? Promise.resolve() : rm(folder, { recursive: true }));
