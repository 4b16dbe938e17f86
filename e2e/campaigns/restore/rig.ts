// What a campaign of restores works with: a real server with a live database that has gone on since its backup, and a backup of another one.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import type { RestoreRequest } from '@postgres-operator/api';
import type { DatabaseProof } from '../../harness/table-proof.ts';
import { USERS, startPostgres, type PostgresServer } from '../../../packages/backup-runner/test/postgres-server.ts';
import { bundleRunner, dumpRequest, makePod, restoreRequest, startBundle, type Ended, type Pod, type Runner, type RunnerBundle } from '../../../packages/backup-runner/test/pod.ts';
import { addNoise, asOwner, createDatabase } from '../../../packages/backup-runner/test/stories.ts';
import { contentOf } from '../backup/oracle.ts';
import type { BackupBytes } from './damage.ts';

export const LIVE = 'shop';
const KEPT = 'kept_shop';
const ROWS = 20_000;

/** What the live database may hold. */
export interface Contents {
  /** Before the restore: what was backed up, and what came since. */
  readonly before: DatabaseProof;
  /** What was backed up. */
  readonly backedUp: DatabaseProof;
}

interface Parts {
  readonly server: PostgresServer;
  readonly pod: Pod;
  readonly bundle: RunnerBundle;
}

export class RestoreRig {
  readonly server: PostgresServer;
  readonly pod: Pod;
  readonly #bundle: RunnerBundle;
  #contents: Contents = { before: {}, backedUp: {} };
  /** What the last whole restore that nobody disturbed took: strikes are timed by it, since the machine may be busy at times. */
  seconds = 0;
  /** The files of both backups, as they were made. */
  own: Required<BackupBytes> = { dump: undefined, manifest: undefined };
  other: BackupBytes = { dump: undefined, manifest: undefined };

  constructor({ server, pod, bundle }: Parts) {
    this.server = server;
    this.pod = pod;
    this.#bundle = bundle;
  }

  get contents(): Contents {
    return this.#contents;
  }

  /** Makes the databases and their backups. */
  async prepare(): Promise<void> {
    for (const name of [LIVE, 'other']) {
      await createDatabase(this.server, name);
      await addNoise(this.server, name, name === LIVE ? ROWS : 1000);
    }
    await asOwner(this.server, LIVE, `alter table noise add primary key (id); create index on noise (a); create table parent (id int references item); insert into parent values (1), (2), (2)`);
    const backedUp = await contentOf(this.server, LIVE);
    this.other = await this.#backUp('other');
    this.own = await this.#backUp(LIVE);
    await asOwner(this.server, LIVE, `insert into item values (3, 'since the backup'); delete from noise where id % 7 = 0; drop table parent; create table later (id int)`);
    this.#contents = { backedUp, before: await contentOf(this.server, LIVE) };
    await this.server.query('postgres', `create database ${KEPT} template ${LIVE}`);
  }

  async #backUp(database: string): Promise<Required<BackupBytes>> {
    const ended = await startBundle({ entry: this.#bundle.entry, pod: this.pod, request: dumpRequest(this.#at(database)) }).ended;
    if (ended.result.outcome !== 'succeeded') throw new Error(ended.log);
    const folder = this.#folder();
    const read = async (end: string): Promise<Buffer> => readFile(join(folder, (await readdir(folder)).find((file) => file.endsWith(end)) ?? end));
    const files = { dump: await read('dump.pgcustom.zst'), manifest: await read('manifest.json') };
    await rm(folder, { recursive: true });
    return files;
  }

  #at(database: string): RestoreRequest['server'] {
    return { host: '127.0.0.1', port: this.server.port, database };
  }

  #folder(): string {
    return join(this.pod.storage, 'shop/db/nightly-0a1b2c3d');
  }

  /** Puts files in the place of the backup. */
  async store({ dump, manifest }: BackupBytes): Promise<void> {
    const folder = this.#folder();
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    if (dump !== undefined) await writeFile(join(folder, 'dump.pgcustom.zst'), dump);
    if (manifest !== undefined) await writeFile(join(folder, 'manifest.json'), manifest);
  }

  /** A request to restore the backup that has this manifest. */
  request(manifest: Buffer | undefined, changes: Partial<RestoreRequest> = {}): RestoreRequest {
    return restoreRequest(this.#at(LIVE), createHash('sha256').update(manifest ?? '').digest('hex'), changes);
  }

  start(request: RestoreRequest, variables: Readonly<Record<string, string>> = {}): Runner {
    return startBundle({ entry: this.#bundle.entry, pod: this.pod, request, variables });
  }

  /** Runs one to its end, undisturbed. */
  async run(request: RestoreRequest): Promise<Ended> {
    const startedAt = performance.now();
    const ended = await this.start(request).ended;
    if (ended.log.includes('"msg":"restored"') && ended.log.includes('"msg":"loaded"')) this.seconds = (performance.now() - startedAt) / 1000;
    return ended;
  }

  /** The live database as it was before the first trial, and nothing of a restore besides. */
  async reset(): Promise<void> {
    for (const name of [LIVE, ...(await this.leftovers())]) await this.server.query('postgres', `drop database if exists ${escapeIdentifier(name)} with (force)`);
    await this.server.query('postgres', `create database ${LIVE} owner ${escapeIdentifier(USERS.owner)} template ${KEPT}`);
    await this.store(this.own);
  }

  /** Databases that restores made, but for the live one. */
  async leftovers(): Promise<string[]> {
    const rows = await this.server.query<{ name: string }>('postgres', `select datname::text as name from pg_database where datname ~ '^(restore|previous)_' order by 1`);
    return rows.map(({ name }) => name);
  }

  /** What only a pod has goes with it: the next run is in another one. */
  async newPod(): Promise<void> {
    const { scratchFolder } = this.pod.environment;
    await rm(scratchFolder, { recursive: true });
    await mkdir(scratchFolder);
  }

  /** Files that a run forgot. */
  files(): Promise<string[]> {
    return readdir(this.pod.environment.scratchFolder);
  }

  async stop(): Promise<void> {
    await Promise.all([this.server.stop(), this.pod.remove(), this.#bundle.remove()]);
  }
}

/** Starts it all. Nothing but what is asked for writes: transactions are counted. */
export async function startRestoreRig(): Promise<RestoreRig> {
  const [server, pod, bundle] = await Promise.all([startPostgres(['autovacuum=off', 'max_connections=50']), makePod(), bundleRunner()]);
  const rig = new RestoreRig({ server, pod, bundle });
  await rig.prepare();
  return rig;
}
