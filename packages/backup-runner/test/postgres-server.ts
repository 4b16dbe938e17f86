// A real PostgreSQL on a loopback port, with the roles that the operator's entrypoint creates. For tests only.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKUP_ROLE, SUPERUSER } from '@postgres-operator/api';
import { Client } from 'pg';
import pRetry from 'p-retry';
import { ensureDebianPackages } from '../../../e2e/lib/packages.ts';
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
  /** Opens a session; the caller ends it. */
  connect(database: string, identity?: 'superuser' | 'owner' | 'backup'): Promise<Client>;
  /** Opens a session, runs one statement, and returns its rows. */
  query<T extends Record<string, unknown>>(database: string, sql: string, values?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
}

/** Starts a server with an empty data directory. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  await installServer();
  const folder = await mkdtemp(join(tmpdir(), 'runner-postgres-'));
  const { uid, gid } = await postgresUser();
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  await writeFile(join(folder, 'password'), PASSWORDS.superuser);
  for (const path of [folder, data, join(folder, 'password')]) await chown(path, uid, gid);
  await chmod(folder, 0o755);
  const asPostgres = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  const initdb = ['--no-sync', '--username', SUPERUSER, '--pwfile', join(folder, 'password'), '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8'];
  await run('setpriv', [...asPostgres, `${BIN}/initdb`, ...initdb, '-D', data], { cwd: folder });
  const port = await freePort();
  const options = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off', 'max_prepared_transactions=5', ...settings];
  const server = spawn('setpriv', [...asPostgres, `${BIN}/postgres`, '-D', data, ...options.flatMap((option) => ['-c', option])], { cwd: folder, stdio: 'ignore' });
  return ready(port, server, folder);
}

async function ready(port: number, server: ChildProcess, folder: string): Promise<PostgresServer> {
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
    const closed = once(server, 'exit');
    server.kill('SIGQUIT');
    await closed;
    await rm(folder, { recursive: true, force: true });
  };
  const probe = await pRetry(() => connect('postgres'), { retries: 200, minTimeout: 50, factor: 1 });
  await probe.query(`create role ${BACKUP_ROLE} login bypassrls in role pg_read_all_data password ${probe.escapeLiteral(PASSWORDS.backup)}`);
  await probe.query(`alter role ${BACKUP_ROLE} set lo_compat_privileges = on`);
  await probe.query(`create role ${probe.escapeIdentifier(USERS.owner)} login password ${probe.escapeLiteral(PASSWORDS.owner)}`);
  await probe.end();
  return { port, connect, query, stop };
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

/** PostgreSQL refuses to run as root. */
async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const number = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await number('-u'), gid: await number('-g') };
}

/** A loopback port that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
