// What is true of a backup, by its bytes and by standard tools; nothing of the runner is believed or used.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { proveDatabase, type DatabaseProof } from '../../harness/table-proof.ts';
import { messageOf } from '../../lib/error.ts';
import { run } from '../../lib/run.ts';
import { PASSWORDS, USERS, type PostgresServer } from '../../../packages/backup-runner/test/postgres-server.ts';
import type { Spot } from './rig.ts';

const MANIFEST = 'manifest.json';

interface StoredFile {
  readonly name: string;
  readonly storedAs?: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Whether there is a backup under its final name. */
export async function exists({ root, path }: Spot): Promise<boolean> {
  return (await stat(join(root, path, MANIFEST)).catch(() => undefined)) !== undefined;
}

/** Everything that attempts at a backup have left, final or not. */
export async function filesOf({ root, path }: Spot): Promise<string[]> {
  const parent = join(root, dirname(path));
  const name = basename(path);
  const own = (await readdir(parent).catch(() => [])).filter((entry) => entry === name || entry.startsWith(`.${name}.`));
  const below = await Promise.all(own.map(async (entry) => (await readdir(join(parent, entry)).catch(() => [])).map((file) => `${entry}/${file}`)));
  // An empty folder in a bucket is no object; in a claim it is something left.
  return [...below.flat(), ...own.filter((entry) => entry.startsWith('.'))].sort();
}

/** The digest of a file's bytes. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** What is wrong with a backup that is said to be complete; `manifestSha256` is what its runner said. */
export async function faultsOf(spot: Spot, manifestSha256?: string): Promise<string[]> {
  const folder = join(spot.root, spot.path);
  try {
    const text = await readFile(join(folder, MANIFEST));
    const digest = createHash('sha256').update(text).digest('hex');
    const { files } = JSON.parse(text.toString()) as { files: StoredFile[] };
    const expected = [MANIFEST, ...files.map(({ name, storedAs }) => storedAs ?? name)].sort();
    const found = (await readdir(folder)).sort();
    return [
      ...(manifestSha256 === undefined || manifestSha256 === digest ? [] : [`the manifest has digest ${digest}, the runner said ${manifestSha256}`]),
      ...(found.join() === expected.join() ? [] : [`it holds ${found.join(', ')} instead of ${expected.join(', ')}`]),
      ...(await Promise.all(files.map((file) => fileFaults(folder, file)))).flat(),
      ...(await readingFaults(join(folder, dumpOf(files)))),
    ];
  } catch (error) {
    return [`it cannot be read: ${messageOf(error)}`];
  }
}

/** Restores a backup by hand and compares every row of it with what was backed up. */
export async function restoringFaults(server: PostgresServer, spot: Spot, content: DatabaseProof): Promise<string[]> {
  const folder = join(spot.root, spot.path);
  const { files } = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as { files: StoredFile[] };
  await server.query('postgres', 'create database by_hand');
  try {
    await run('bash', ['-c', 'set -o pipefail; zstd -qdc "$1" | /usr/lib/postgresql/15/bin/pg_restore --exit-on-error -d by_hand', 'bash', join(folder, dumpOf(files))], { env: postgresEnv(server) });
    const restored = await contentOf(server, 'by_hand');
    return JSON.stringify(restored) === JSON.stringify(content) ? [] : [`restored by hand it holds ${JSON.stringify(restored)} instead of ${JSON.stringify(content)}`];
  } finally {
    await server.query('postgres', 'drop database by_hand');
  }
}

/** Rows and hashes of the tables of a database. */
export const contentOf = (server: PostgresServer, database: string): Promise<DatabaseProof> =>
  proveDatabase(async (sql) => (await run('/usr/lib/postgresql/15/bin/psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', database, '-f', '-'], { env: postgresEnv(server), input: sql })).stdout.trim());

const postgresEnv = (server: PostgresServer): Record<string, string> => ({ PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: USERS.superuser, PGPASSWORD: PASSWORDS.superuser });

function dumpOf(files: readonly StoredFile[]): string {
  const dump = files.find(({ name }) => name === 'dump.pgcustom.zst');
  if (dump === undefined) throw new Error('its manifest names no dump');
  return dump.storedAs ?? dump.name;
}

async function fileFaults(folder: string, { name, storedAs = name, bytes, sha256 }: StoredFile): Promise<string[]> {
  const { size } = await stat(join(folder, storedAs));
  if (size !== bytes) return [`${storedAs} has ${size} bytes, its manifest says ${bytes}`];
  const digest = await sha256Of(join(folder, storedAs));
  return digest === sha256 ? [] : [`${storedAs} has digest ${digest}, its manifest says ${sha256}`];
}

/** PostgreSQL's own reader, from the first byte to the last. */
async function readingFaults(path: string): Promise<string[]> {
  const { exitCode, stderr } = await run('bash', ['-c', 'set -o pipefail; zstd -qdc "$1" | /usr/lib/postgresql/15/bin/pg_restore -f - > /dev/null', 'bash', path], { accept: [1, 2, 137] });
  return exitCode === 0 ? [] : [`pg_restore cannot read it: ${stderr.trim()}`];
}
