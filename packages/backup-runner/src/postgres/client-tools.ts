// The image holds several majors of PostgreSQL's clients side by side. Which one fits is chosen on each run from the live server.
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { missedFloor, type Client } from './client-choice.ts';

/** Finds all clients in the image, and warns of those with known holes: what an operator cannot mend must not stop the backups. */
export async function findClients({ environment, log }: Pick<Run, 'environment' | 'log'>): Promise<Client[]> {
  const folders = (await readdir(environment.toolsFolder).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(folders.map((name) => inspect(join(environment.toolsFolder, name, 'bin'))));
  const clients = found.filter((client) => client !== undefined);
  for (const client of clients) {
    const floor = missedFloor(client);
    if (floor !== undefined) log('client older than the security floor', { level: 'warn', clientVersion: client.version, floor, folder: client.bin });
  }
  return clients;
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
