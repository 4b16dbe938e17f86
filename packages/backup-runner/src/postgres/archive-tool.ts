// What pg_restore says of an archive without a server: its list, or the SQL of some entries. Both are at the front of the archive.
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import type { OpenBackup } from '../restore/verified-backup.ts';
import type { BackupSource } from '../storage/contract.ts';
import type { StoredFile } from '../storage/manifest.ts';
import { decompress } from '../stages/zstd.ts';
import type { Client } from './client-choice.ts';
import { startTool } from './subprocess.ts';
import { toolError } from './tool-error.ts';

/** An archive, and the client that reads it. */
export interface ArchiveJob {
  readonly run: Run;
  readonly client: Client;
  readonly backup: OpenBackup;
}

// A table of contents of a million entries has a tenth of it.
const MOST_BYTES = 1024 * 1024 * 1024;

/** What is needed of it to run the tool. */
interface Reading {
  readonly run: Pick<Run, 'signal'>;
  readonly client: Pick<Client, 'bin'>;
  readonly backup: { readonly source: Pick<BackupSource, 'location' | 'open'>; readonly file: StoredFile };
}

/** Runs pg_restore on an archive, and returns what it wrote. */
export async function readWithTool({ run, client, backup }: Reading, args: readonly string[]): Promise<string> {
  const stored = await backup.source.open(backup.file);
  const tool = startTool(join(client.bin, 'pg_restore'), args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }, signal: run.signal });
  const chunks: Buffer[] = [];
  let bytes = 0;
  tool.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  });
  // It closes its input as soon as it has seen enough.
  await pipeline(stored, decompress(), tool.stdin, { signal: run.signal }).catch(() => undefined);
  const end = await tool.ended;
  // Killed, it says nothing about the backup.
  if (end.code !== 0 || end.signal !== null) throw toolError(end, end.signal === null ? 'BackupCorrupt' : 'RestoreFailed', []);
  if (bytes > MOST_BYTES) throw new RunError('BackupCorrupt', `${backup.source.location} has definitions of more than ${MOST_BYTES} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}
