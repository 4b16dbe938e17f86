// A real PostgreSQL on a loopback port, with the roles that the operator's entrypoint creates. For tests only.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKUP_ROLE, SUPERUSER } from '@postgres-operator/api';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import pRetry from 'p-retry';
import { ensureDebianPackages } from '../../../e2e/lib/packages.ts';
import { freePorts } from '../../../e2e/lib/ports.ts';
import { run } from '../../../e2e/lib/run.ts';

const MAJOR = '15';
const BIN = `/usr/lib/postgresql/${MAJOR}/bin`;
const CREATE_CLUSTER = '/etc/postgresql-common/createcluster.conf';

/** Logins of the test server. Colon, backslash, quote and blank: what password files and SQL have to escape. */
export const PASSWORDS: Readonly<Record<'superuser' | 'owner' | 'backup', string>> = {
  superuser: String.raw`super:\' "secret`,
  owner: String.raw`owner\:s3cret`,
  backup: 'backup:§ecret$x',
};
/** The usernames of the identities. */
export const USERS: Readonly<Record<'superuser' | 'owner' | 'backup', string>> = { superuser: SUPERUSER, owner: 'shop "owner"', backup: BACKUP_ROLE };

/** A running server. */
export interface PostgresServer {
  readonly port: number;
  /** Its folder, for files beside the data. */
  readonly folder: string;
  /** Its data directory. */
  readonly data: string;
  /** Opens a session; the caller ends it. */
  connect(database: string, identity?: 'superuser' | 'owner' | 'backup'): Promise<Client>;
  /** Opens a session, runs one statement, and returns its rows. */
  query<T extends Record<string, unknown>>(database: string, sql: string, values?: unknown[]): Promise<T[]>;
  /** Ends it as a pod ends it; its folder stays. */
  shutDown(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server with an empty data directory; `bin` has the programs of another major. */
export async function startPostgres(settings: readonly string[] = [], bin = BIN): Promise<PostgresServer> {
  await installServer();
  const home = await makeHome(bin);
  await writeFile(join(home.folder, 'password'), PASSWORDS.superuser, { mode: 0o644 });
  const initdb = ['--no-sync', '--username', SUPERUSER, '--pwfile', join(home.folder, 'password'), '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8'];
  await home.run('initdb', [...initdb, '-D', home.data]);
  // Its standbys have no slots: what one asks for again, after it has lost its session, must still be there.
  const server = await serve(home, ['max_prepared_transactions=5', 'wal_keep_size=2GB', ...settings]);
  await createRoles(server);
  return server;
}

/** Starts a streaming standby of a server. */
export async function startStandby(primary: PostgresServer, settings: readonly string[] = []): Promise<PostgresServer> {
  const home = await makeHome();
  const connection = `host=127.0.0.1 port=${primary.port} user=${SUPERUSER}`;
  const env = { PGPASSWORD: PASSWORDS.superuser };
  await home.run('pg_basebackup', ['-D', home.data, '-d', connection, '--no-sync', '-X', 'stream', '-c', 'fast'], env);
  await home.run('touch', [join(home.data, 'standby.signal')]);
  return serve(home, ['max_prepared_transactions=5', 'wal_retrieve_retry_interval=100ms', `primary_conninfo=${connection}`, ...settings], env);
}

/** A server as that of a drill: on a socket alone, and it trusts whoever reaches it. */
export async function startThrowAway(settings: readonly string[] = ['fsync=off']): Promise<{ readonly folder: string; stop(): Promise<void> }> {
  await installServer();
  const home = await makeHome();
  await home.run('initdb', ['--no-sync', '--username', SUPERUSER, '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C.UTF-8', '-D', home.data]);
  const options = ['listen_addresses=', `unix_socket_directories=${home.folder}`, ...settings];
  const server = home.spawn('postgres', ['-D', home.data, ...options.flatMap((option) => ['-c', option])]);
  const stop = async (): Promise<void> => {
    await endServer(server, 'SIGQUIT');
    await rm(home.folder, { recursive: true, force: true });
  };
  return { folder: home.folder, stop };
}

/** A folder of the user who runs PostgreSQL: it refuses to run as root. */
interface Home {
  readonly folder: string;
  readonly data: string;
  run(program: string, args: string[], env?: Record<string, string>): Promise<unknown>;
  spawn(program: string, args: string[], env?: Record<string, string>): ChildProcess;
}

async function makeHome(bin = BIN): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-postgres-'));
  const number = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  const [uid, gid] = [await number('-u'), await number('-g')];
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  for (const path of [folder, data]) await chown(path, uid, gid);
  await chmod(folder, 0o755);
  const as = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', 'env', `PATH=${bin}:/usr/bin:/bin`];
  return {
    folder,
    data,
    run: (program, args, env = {}) => run('setpriv', [...as, program, ...args], { cwd: folder, env }),
    spawn: (program, args, env = {}) => spawn('setpriv', [...as, program, ...args], { cwd: folder, env: { ...process.env, ...env }, stdio: 'ignore' }),
  };
}

async function serve(home: Home, settings: readonly string[], env: Record<string, string> = {}): Promise<PostgresServer> {
  const port = await freePort();
  const options = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${home.folder}`, 'fsync=off', ...settings];
  const server = home.spawn('postgres', ['-D', home.data, ...options.flatMap((option) => ['-c', option])], env);
  const connect = async (database: string, identity: 'superuser' | 'owner' | 'backup' = 'superuser'): Promise<Client> => {
    const client = new Client({ host: '127.0.0.1', port, database, user: USERS[identity], password: PASSWORDS[identity] });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const query = async <T extends Record<string, unknown>>(database: string, sql: string, values: unknown[] = []): Promise<T[]> => {
    const client = await connect(database);
    try {
      // Without values it may be several statements.
      return values.length === 0 ? (await client.query<T>(sql)).rows : (await client.query<T>(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  const stop = async (): Promise<void> => {
    await endServer(server, 'SIGQUIT');
    await rm(home.folder, { recursive: true, force: true });
  };
  const probe = await pRetry(() => connect('postgres'), { retries: 2000, minTimeout: 50, factor: 1 });
  await probe.end();
  return { port, folder: home.folder, data: home.data, connect, query, shutDown: () => endServer(server, 'SIGINT'), stop };
}

async function endServer(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = once(server, 'exit');
  server.kill(signal);
  await closed;
}

/** As the bootstrap of a Database does. */
async function createRoles({ query }: PostgresServer): Promise<void> {
  await query(
    'postgres',
    `create role ${BACKUP_ROLE} login bypassrls in role pg_read_all_data password ${escapeLiteral(PASSWORDS.backup)};
     alter role ${BACKUP_ROLE} set lo_compat_privileges = on;
     create role ${escapeIdentifier(USERS.owner)} login password ${escapeLiteral(PASSWORDS.owner)}`,
  );
}

async function installServer(): Promise<void> {
  // Debian would create and start a cluster of its own on install.
  if (!existsSync(CREATE_CLUSTER)) {
    await mkdir('/etc/postgresql-common', { recursive: true });
    await writeFile(CREATE_CLUSTER, 'create_main_cluster = false\n');
  }
  // zstd: the stories read a dump as a person would.
  await ensureDebianPackages([`postgresql-${MAJOR}`, 'zstd']);
}

/** A loopback port that nobody uses. */
export const freePort = async (): Promise<number> => (await freePorts())[0];
