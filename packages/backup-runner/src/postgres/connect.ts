import { Client } from 'pg';
import pRetry from 'p-retry';
import type { Credentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { RunError, codeOf, messageOf } from '../errors.ts';
import { encryptedIfOffered, type Encryption } from './encryption.ts';
import { isMomentary, serverError } from './server-error.ts';

/** A database on a server, and who logs in. */
export interface Target extends Credentials {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Settings of this session besides those of all, as on a server's command line. */
  readonly options?: string;
  /** In the place of {@link SESSION_OPTIONS}, for who wants to see what others see. */
  readonly settings?: string;
}

/**
 * Settings of our own sessions. They win over those of the role and the database, which would otherwise end a long
 * ANALYZE or refuse every write. A killed runner's statement ends with it, so that it holds no lock for anybody.
 */
export const SESSION_OPTIONS = [
  'statement_timeout=0',
  'lock_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'idle_session_timeout=0',
  'default_transaction_read_only=off',
  'client_connection_check_interval=100ms',
  // Of a database with 15,000 tables the questions about its catalogs take half a second, and to compile them took 17 more.
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

// Nobody's function or operator may stand in for one of the server's own: some sessions are the superuser's. Not for pg_dump, which
// looks for the tables of a pattern in the database's own path.
const OWN_OPTIONS = ' -c search_path=pg_catalog';

/** Connects, lets `work` use the connection, and closes it. A stop request breaks the connection, and with it the statement. */
export async function withConnection<T>(run: Run, target: Target, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(run, target);
  const stop = (): void => void client.end().catch(() => undefined);
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    run.signal.throwIfAborted();
    return await work(client);
  } catch (error) {
    throw serverError(error, target) ?? error;
  } finally {
    run.signal.removeEventListener('abort', stop);
    // What is done is done: a connection that breaks while it closes changes nothing.
    await client.end().catch(() => undefined);
  }
}

/** Connects; a server that is starting or moving gets a few seconds. */
export async function connect(run: Run, target: Target): Promise<Client> {
  try {
    return await pRetry(() => encryptedIfOffered(target.host, (ssl) => attempt(target, ssl)), {
      retries: run.environment.connectRetries,
      minTimeout: 250,
      factor: 1.7,
      maxTimeout: 2000,
      signal: run.signal,
      shouldRetry: ({ error }) => isMomentary(error),
      onFailedAttempt: ({ attemptNumber, error }) => run.log('cannot connect', { attempt: attemptNumber, code: codeOf(error) }),
    });
  } catch (error) {
    throw serverError(error, target) ?? new RunError('ServerUnreachable', `cannot connect to ${target.host}:${target.port}: ${messageOf(error)}`, { cause: error });
  }
}

async function attempt(target: Target, ssl: Encryption): Promise<Client> {
  const { host, port, database, user, password, options = '', settings = SESSION_OPTIONS } = target;
  const client = new Client({
    host,
    port,
    database,
    user,
    password,
    ssl,
    options: `${settings}${OWN_OPTIONS}${options}`,
    application_name: 'postgres-operator',
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  });
  // A connection that breaks between two statements is an event; unheard, it would end the process without a result.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // PostgreSQL 17 has one more; older servers refuse to start a session with a setting that they do not know.
    await client.query("select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout'");
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
