// Which of the clients in the image fits a server and an archive. Pure.
import { RunError } from '../errors.ts';

/** One set of client programs. */
export interface Client {
  /** The folder with pg_dump and pg_restore. */
  readonly bin: string;
  /** What `pg_dump --version` says, such as 15.18: the folder's name may differ. */
  readonly version: string;
  readonly major: number;
}

/**
 * The oldest server that takes what pg_restore of a major writes. Since 17 it begins with `set transaction_timeout`, which an older
 * server does not know. Measured with all of 15 to 18 against servers of 14 to 18, loading as a database's owner.
 */
const OLDEST_SERVER: Readonly<Record<number, number>> = { 14: 14, 15: 14, 16: 14, 17: 17, 18: 17 };

/** Whether pg_restore of the client works with the server. Of majors that nobody has measured, only with its own. */
export const restoresInto = ({ major }: Client, serverMajor: number): boolean => (OLDEST_SERVER[major] ?? major) <= serverMajor;

/**
 * The client that dumps a server: the smallest that is not older. Any newer one can do it; but what it wrote, only itself and newer
 * ones can read, and they may be too new to restore it into that server: see `restoresInto`.
 */
export function clientForDump(clients: readonly Client[], serverMajor: number): Client {
  const [smallest] = notOlderThan(clients, serverMajor);
  if (smallest === undefined) throw tooOld(clients, serverMajor, `the server has PostgreSQL ${serverMajor}`);
  return smallest;
}

/** What a restore brings together. */
export interface RestoreMajors {
  readonly server: number;
  /** Of the pg_dump that wrote the archive; 0 when it is unknown. */
  readonly archive: number;
}

/** The client that restores: the smallest that is older than neither, and whose settings the server knows. */
export function clientForRestore(clients: readonly Client[], { server, archive }: RestoreMajors): Client {
  const needed = Math.max(server, archive);
  const readers = notOlderThan(clients, needed);
  if (readers.length === 0) {
    throw tooOld(clients, needed, archive > server ? `the backup was written by pg_dump ${archive}` : `the server has PostgreSQL ${server}`);
  }
  const [fitting] = readers.filter((client) => restoresInto(client, server));
  if (fitting !== undefined) return fitting;
  const what = archive > server ? `a backup that pg_dump ${archive} wrote` : 'a backup';
  throw new RunError(
    'ClientTooNew',
    `no client in this image (${versions(clients)}) can restore ${what} into PostgreSQL ${server}: pg_restore ${versions(readers)} sets what that server does not know. ` +
      `Use a runner image with the clients of PostgreSQL ${server}${archive > server ? ' and make a new backup' : ''}, or load it by hand into a server of PostgreSQL ${needed}.`,
  );
}

/** Those of a major or newer, the smallest major first; of one major, its newest. */
function notOlderThan(clients: readonly Client[], major: number): Client[] {
  return clients.filter((client) => client.major >= major).sort((a, b) => a.major - b.major || minorOf(b.version) - minorOf(a.version));
}

const versions = (clients: readonly Client[]): string => [...new Set(clients.map(({ version }) => version))].join(', ') || 'none';

const tooOld = (clients: readonly Client[], needed: number, why: string): RunError =>
  new RunError('ClientTooOld', `${why}, which needs a client of ${needed} or newer; this image has ${versions(clients)}. Update the operator.`);

// The first minor of each major that closes CVE-2026-18408: the dump of a hostile server could run commands where it was restored.
const SECURITY_FLOOR: Readonly<Record<number, number>> = { 14: 24, 15: 19, 16: 15, 17: 11, 18: 6 };

/** The version that a client should have at least, if it is older than that. */
export function missedFloor({ major, version }: Client): string | undefined {
  const minor = SECURITY_FLOOR[major];
  return minor === undefined || minorOf(version) >= minor ? undefined : `${major}.${minor}`;
}

/** The part after the dot; 0 before the release (17beta1). */
const minorOf = (version: string): number => Number(/^\d+\.(\d+)/.exec(version)?.[1] ?? 0);
