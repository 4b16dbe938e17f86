// The pods of a Database on this machine: the very files that are mounted, real PostgreSQL binaries, folders in the place of volumes, loopback
// addresses in the place of the headless Service. Each runs as the first process of a PID namespace, as in a container.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { ensureDebianPackages } from '../../../e2e/lib/packages.ts';
import { childrenOf } from '../../../e2e/lib/process.ts';
import { run, type RunResult } from '../../../e2e/lib/run.ts';
import { SERVER_FILES } from '../src/generated/server-files.ts';
import { bootstrapSql } from '../src/database/server/bootstrap-sql.ts';
import { CREDENTIALS_FOLDER, INTERNAL_FOLDER, TLS_FOLDER } from '../src/database/server/folders.ts';
import { serverSettings, settingsFile, type ServerSettings } from '../src/database/server/settings.ts';
import { aDatabase } from './fixtures.ts';

const MAJOR = '15';
const BIN = `/usr/lib/postgresql/${MAJOR}/bin`;
const CREATE_CLUSTER = '/etc/postgresql-common/createcluster.conf';
/** Colon and backslash are what a password file has to escape. */
const PASSWORD = String.raw`s3:cr\et`;
/** A busy machine takes its time; what hangs ends here. */
const PATIENCE_MS = 90_000;

/** A probe may also end with the code of a signal. */
const ANY_FAILURE = Array.from({ length: 255 }, (_, code) => code + 1);

/** The first process in the PID namespace that `unshare` made; undefined before it is there, and after it has ended. */
const firstOf = ({ pid = 0 }: ChildProcess): number | undefined => childrenOf(pid)[0];

/** Installs the server; Debian would create and start a cluster of its own. */
export async function installPostgres(): Promise<void> {
  if (!existsSync(CREATE_CLUSTER)) {
    await mkdir('/etc/postgresql-common', { recursive: true });
    await writeFile(CREATE_CLUSTER, 'create_main_cluster = false\n');
  }
  await ensureDebianPackages([`postgresql-${MAJOR}`, 'shellcheck']);
}

/** The pods of one Database. */
export class ServerPods {
  readonly #folder: string;
  /** Each set of pods has a loopback network of its own: all listen on the same port. */
  readonly #network = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  readonly #running = new Map<number, ChildProcess>();
  readonly #told: Record<string, string | number>;

  private constructor(folder: string, told: ServerSettings) {
    this.#folder = folder;
    this.#told = { ...told };
  }

  static async create(told: ServerSettings = {}): Promise<ServerPods> {
    const folder = await mkdtemp(join(tmpdir(), 'server-pods-'));
    const pods = new ServerPods(folder, told);
    await run('chmod', ['755', folder]);
    await mkdir(join(folder, 'secrets'));
    await pods.setPasswords(PASSWORD);
    return pods;
  }

  /** What the mounted Secrets hold from now on. */
  async setPasswords(password: string): Promise<void> {
    for (const name of ['password', 'backup-password', 'replication-password']) await writeFile(join(this.#folder, 'secrets', name), password);
  }

  #path(ordinal: number, ...names: string[]): string {
    return join(this.#folder, `orders-${ordinal}`, ...names);
  }

  /** The data directory of a pod. */
  data(ordinal: number): string {
    return this.#path(ordinal, 'volume', MAJOR, 'data');
  }

  /** The volume of a pod. */
  volume(ordinal: number): string {
    return this.#path(ordinal, 'volume');
  }

  /** Puts a file into the volume of a pod. */
  put(ordinal: number, name: string, content: string): Promise<void> {
    return this.mount(ordinal, { [join('volume', name)]: content });
  }

  /** Puts files where a pod has its configuration and its certificate mounted: `config/…` and `tls/…`. */
  async mount(ordinal: number, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(this.#path(ordinal, name)), { recursive: true });
      await writeFile(this.#path(ordinal, name), content.replaceAll(TLS_FOLDER, this.#path(ordinal, 'tls')), { mode: 0o600 });
    }
    await run('chown', ['-R', 'postgres:postgres', this.#path(ordinal)]);
  }

  /** What the operator says from now on; a pod sees it when it is started, or told. */
  async tell(settings: ServerSettings, ...ordinals: number[]): Promise<void> {
    Object.assign(this.#told, settings);
    for (const ordinal of ordinals) await this.#writeSettings(ordinal);
  }

  async #writeSettings(ordinal: number): Promise<void> {
    const settings = serverSettings(aDatabase({ spec: { replicas: 3 } }), false);
    const here = {
      VOLUME: this.#path(ordinal, 'volume'),
      SOCKET_FOLDER: this.#path(ordinal, 'socket'),
      TERMINATION_LOG: this.#path(ordinal, 'termination-log'),
      INTERNAL_FOLDER: join(this.#folder, 'secrets'),
      CREDENTIALS_FOLDER: join(this.#folder, 'secrets'),
      TLS_FOLDER: this.#path(ordinal, 'tls'),
      LISTEN_ADDRESSES: `${this.#network}.1${ordinal}`,
      PEER_HOST: `${this.#network}.1%d`,
    };
    await writeFile(this.#path(ordinal, 'config', 'settings.sh'), settingsFile({ ...settings, ...here, ...this.#told }));
  }

  /** Starts pods, each with the volume that it had. */
  async start(...ordinals: number[]): Promise<void> {
    for (const ordinal of ordinals) {
      for (const folder of ['config', 'volume', 'socket', 'tmp']) await mkdir(this.#path(ordinal, folder), { recursive: true });
      const bootstrap = [INTERNAL_FOLDER, CREDENTIALS_FOLDER].reduce((sql, folder) => sql.replaceAll(folder, join(this.#folder, 'secrets')), bootstrapSql({ databaseName: 'orders', username: 'clerk' }));
      const files = { ...SERVER_FILES, 'bootstrap.sql': bootstrap };
      for (const [name, text] of Object.entries(files)) await writeFile(this.#path(ordinal, 'config', name), text);
      await this.#writeSettings(ordinal);
      await writeFile(this.#path(ordinal, 'termination-log'), '');
      await run('chown', ['-R', 'postgres:postgres', this.#path(ordinal)]);
      const log = this.#path(ordinal, 'log');
      const pod = ['--pid', '--fork', '--mount-proc', '--kill-child', 'bash', '-c', `exec "$@" >>${log} 2>&1`, 'pod', ...this.#as(ordinal), 'bash', this.#path(ordinal, 'config', 'start.sh')];
      this.#running.set(ordinal, spawn('unshare', pod, { stdio: 'ignore' }));
    }
  }

  /** Tests in the background of a shell inherit from it that SIGINT is ignored; containers do not. */
  #as(ordinal: number): string[] {
    const env = [`PATH=${BIN}:/usr/bin:/bin`, 'LANG=C.UTF-8', `HOSTNAME=orders-${ordinal}`, `PGDATA=${this.data(ordinal)}`, `TMPDIR=${this.#path(ordinal, 'tmp')}`];
    return ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', 'env', '-i', '--default-signal=INT', ...env];
  }

  /** Stops pods as the kubelet does, or as a node does that loses its power. */
  async stop(signal: 'SIGINT' | 'SIGKILL', ...ordinals: number[]): Promise<void> {
    for (const ordinal of ordinals) {
      const outer = this.#running.get(ordinal);
      if (outer === undefined || !this.isRunning(ordinal)) continue;
      const ended = once(outer, 'exit');
      const first = await vi.waitFor(() => firstOf(outer) ?? (this.isRunning(ordinal) ? Promise.reject(new Error(`orders-${ordinal} has no process`)) : undefined), { timeout: PATIENCE_MS });
      if (first !== undefined) process.kill(first, signal);
      await ended;
    }
  }

  isRunning(ordinal: number): boolean {
    const outer = this.#running.get(ordinal);
    return outer !== undefined && outer.exitCode === null && outer.signalCode === null;
  }

  /** Waits until a pod has ended by itself, and returns the message in its container's state. */
  async ended(ordinal: number): Promise<string> {
    const outer = this.#running.get(ordinal);
    if (outer !== undefined && this.isRunning(ordinal)) await once(outer, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return readFileSync(this.#path(ordinal, 'termination-log'), 'utf8').trim();
  }

  /** A volume goes with its pod, and with what that has remembered. */
  async loseVolume(ordinal: number): Promise<void> {
    for (const folder of ['volume', 'socket', 'tmp']) await rm(this.#path(ordinal, folder), { recursive: true });
  }

  /** Runs a script in a pod, as the kubelet does for probes: inside, where the server is process 1. Before the pod is there, beside it. */
  execute(ordinal: number, script: string): Promise<RunResult> {
    const outer = this.#running.get(ordinal);
    const first = outer !== undefined && this.isRunning(ordinal) ? firstOf(outer) : undefined;
    const inside = first === undefined ? [] : ['nsenter', '--pid', '--mount', `--target=${first}`];
    const [command = '', ...args] = [...inside, ...this.#as(ordinal), 'bash', this.#path(ordinal, 'config', script)];
    return run(command, args, { accept: ANY_FAILURE });
  }

  async isReady(ordinal: number): Promise<boolean> {
    return (await this.execute(ordinal, 'ready.sh')).exitCode === 0;
  }

  /** Probes as often as the kubelet of a server that starts. A container that ends is started again, as the kubelet does. */
  async waitUntilReady(...ordinals: number[]): Promise<void> {
    for (const ordinal of ordinals) {
      const ready = async (): Promise<void> => {
        if (!this.isRunning(ordinal)) await this.start(ordinal);
        if (!(await this.isReady(ordinal))) throw new Error(`orders-${ordinal} does not become ready: ${this.log(ordinal).slice(-2000)}`);
      };
      await vi.waitFor(ready, { timeout: PATIENCE_MS, interval: 200 });
    }
  }

  log(ordinal: number): string {
    return readFileSync(this.#path(ordinal, 'log'), 'utf8');
  }

  /** Runs SQL over the local socket and returns the unaligned answer. */
  async sql(ordinal: number, statement: string): Promise<string> {
    const [command = '', ...args] = [...this.#as(ordinal), 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', this.#path(ordinal, 'socket'), '-U', 'postgres', '-d', 'orders', '-f', '-'];
    return (await run(command, args, { input: statement })).stdout.trim();
  }

  /** Asks a server over the network whether the session is encrypted, in a session of a role that wants it so. */
  encrypted(ordinal: number, user: string, sslmode: 'disable' | 'prefer'): Promise<RunResult> {
    const [command = '', ...args] = [...this.#as(ordinal), `PGPASSWORD=${PASSWORD}`, 'psql', '-XqAt', '-d', `host=${this.#network}.1${ordinal} user=${user} dbname=orders sslmode=${sslmode}`, '-c', 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'];
    return run(command, args, { accept: [2] });
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL', ...this.#running.keys());
    await rm(this.#folder, { recursive: true, force: true });
  }
}
