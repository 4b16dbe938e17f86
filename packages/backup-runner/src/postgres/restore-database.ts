import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../environment.ts';
import { RunError, codeOf, messageOf } from '../errors.ts';
import type { VerifiedBackup } from '../restore/verified-backup.ts';
import { digest } from '../stages/measure.ts';
import { decompress } from '../stages/zstd.ts';
import { requireSame } from '../storage/verify.ts';
import type { Client } from './client-tools.ts';
import type { Target } from './connect.ts';
import { withPasswordFile } from './password-file.ts';
import { startTool, type Tool } from './subprocess.ts';
import { toolEnvironment } from './tool-environment.ts';
import { toolError } from './tool-error.ts';

/** A backup and the empty database it goes into. */
export interface RestoreJob {
  readonly run: Run;
  readonly target: Target;
  readonly client: Client;
  readonly backup: VerifiedBackup;
}

// The database is dropped when anything fails, so one transaction around it all would gain nothing, and would need a lock
// for each of thousands of tables at once (max_locks_per_transaction). For the same reason its commits need not wait for
// the disk: the swap's commit does, and flushes them all.
const ARGUMENTS = ['--exit-on-error', '--no-owner', '--no-password'];
const OPTIONS = ' -c synchronous_commit=off';

/** Loads a backup into an empty database. Returning means: pg_restore said it was complete, and the bytes were the verified ones. */
export async function restoreDatabase(job: RestoreJob): Promise<void> {
  await withPasswordFile(job.run.environment.scratchFolder, job.target, (passwordFile) => streamRestore(job, passwordFile));
}

async function streamRestore({ run, target, client, backup }: RestoreJob, passwordFile: string): Promise<void> {
  const seen = digest();
  const stored = await backup.source.open(backup.file);
  const tool = startTool(join(client.bin, 'pg_restore'), [...ARGUMENTS, `--dbname=${databaseArgument(target.database)}`], {
    env: toolEnvironment(target, passwordFile, OPTIONS),
    signal: run.signal,
  });
  tool.stdout.resume();
  const streamed = await feed(pipeline(stored, seen.stream, decompress(), tool.stdin, { signal: run.signal }), tool);
  const end = await tool.ended;
  if (streamed !== undefined && !isReaderGone(streamed)) {
    if (streamed instanceof RunError) throw streamed;
    throw new RunError('BackupCorrupt', `${backup.source.location}: cannot be read to its end: ${messageOf(streamed)}`, { cause: streamed });
  }
  if (end.code !== 0 || end.signal !== null) throw toolError(end, 'RestoreFailed', [target.password]);
  // The storage is shared: the file may have changed since it was verified.
  requireSame(backup.file, { bytes: seen.bytes(), sha256: seen.sha256() }, backup.source.location);
}

/** What went wrong with the stream, if anything did. */
async function feed(stream: Promise<void>, tool: Tool): Promise<unknown> {
  try {
    await stream;
    return undefined;
  } catch (error) {
    // A pg_restore that waits for more input must see that none will come.
    tool.stdin.destroy();
    return error;
  }
}

/** pg_restore has closed its input: it has ended, and its own words say why. */
const isReaderGone = (error: unknown): boolean => ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(codeOf(error) ?? '');

/** pg_restore takes the database as an argument only; quoted as a connection string, any name means itself. */
export const databaseArgument = (name: string): string => `dbname='${name.replace(/[\\']/g, String.raw`\$&`)}'`;
