// The image holds several majors of PostgreSQL's clients side by side. Which one fits is chosen on each run from the live server.
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RunError, messageOf } from '../errors.ts';

/** One set of client programs. */
export interface Client {
  /** The folder with pg_dump and pg_restore. */
  readonly bin: string;
  /** What `pg_dump --version` says, such as 15.18: the folder's name may differ. */
  readonly version: string;
  readonly major: number;
}

/** Finds all clients in the image. */
export async function findClients(toolsFolder: string): Promise<Client[]> {
  const folders = (await readdir(toolsFolder).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(folders.map((name) => inspect(join(toolsFolder, name, 'bin'))));
  return found.filter((client) => client !== undefined);
}

/** The smallest client that is not older than what it must understand: a larger one may write settings the server does not know. */
export function chooseClient(clients: readonly Client[], neededMajor: number): Client {
  const [smallest] = clients.filter(({ major }) => major >= neededMajor).sort((a, b) => a.major - b.major);
  if (smallest !== undefined) return smallest;
  const present = clients.map(({ version }) => version).join(', ') || 'none';
  throw new RunError('ClientTooOld', `PostgreSQL ${neededMajor} needs a client of that major or newer; this image has ${present}. Update the operator.`);
}

/** The version in a line like `pg_dump (PostgreSQL) 17beta1 (Debian …)`. */
export function parseToolVersion(line: string): { version: string; major: number } | undefined {
  const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(line) ?? [];
  return version === undefined ? undefined : { version, major: Number(major) };
}

async function inspect(bin: string): Promise<Client | undefined> {
  try {
    const { stdout } = await promisify(execFile)(join(bin, 'pg_dump'), ['--version'], { env: { LC_ALL: 'C' } });
    const parsed = parseToolVersion(stdout);
    return parsed === undefined ? undefined : { bin, ...parsed };
  } catch (cause) {
    // A folder without clients (a server's, say) is no client; one whose client does not start is worth a word.
    if (messageOf(cause).includes('ENOENT')) return undefined;
    throw new RunError('InternalError', `the client in ${bin} does not start: ${messageOf(cause)}`, { cause });
  }
}
