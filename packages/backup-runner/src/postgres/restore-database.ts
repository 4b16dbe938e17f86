import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../environment.ts';
import { RunError, codeOf, messageOf } from '../errors.ts';
import type { OpenBackup } from '../restore/verified-backup.ts';
import { digest } from '../stages/measure.ts';
import { decompress } from '../stages/zstd.ts';
import { requireSame } from '../storage/verify.ts';
import type { Client } from './client-choice.ts';
import type { Target } from './connect.ts';
import { withPasswordFile } from './password-file.ts';
import { restoreArguments, type LoadOptions } from './restore-arguments.ts';
import { startTool, type Tool } from './subprocess.ts';
import { toolEnvironment } from './tool-environment.ts';
import { toolError } from './tool-error.ts';

/** A backup and the empty database it goes into. */
export interface RestoreJob {
  readonly run: Run;
  readonly target: Target;
  readonly client: Client;
  readonly backup: OpenBackup;
  readonly options: LoadOptions;
  /** Memory that each connection may use to build an index. Absent: what the server gives. */
  readonly maintenanceKilobytes?: number;
  /** The decompressed archive, for several jobs. Absent: it is streamed. */
  readonly stagedFile?: string;
  /** Sees the archive on its way. */
  readonly watch: Duplex;
  /** Hears what pg_restore says of its progress. */
  readonly hear: (line: string) => boolean;
}

// Commits need not wait for the disk: the swap's commit does, and flushes them all.
const OPTIONS = ' -c synchronous_commit=off';

/** Loads a backup into an empty database. Returning means: pg_restore said it was complete, and the bytes were the verified ones. */
export async function restoreDatabase(job: RestoreJob): Promise<void> {
  await withPasswordFile(job.run.environment.scratchFolder, job.target, (passwordFile) => (job.stagedFile === undefined ? streamRestore(job, passwordFile) : fileRestore(job, passwordFile, job.stagedFile)));
}

function start({ run, target, client, options, maintenanceKilobytes, hear }: RestoreJob, passwordFile: string, files: readonly string[]): Tool {
  const settings = maintenanceKilobytes === undefined ? OPTIONS : `${OPTIONS} -c maintenance_work_mem=${maintenanceKilobytes}kB`;
  const args = [...restoreArguments(options), `--dbname=${databaseArgument(target.database)}`, ...files];
  const tool = startTool(join(client.bin, 'pg_restore'), args, { env: toolEnvironment(target, passwordFile, settings), signal: run.signal, hear });
  tool.stdout.resume();
  return tool;
}

async function streamRestore(job: RestoreJob, passwordFile: string): Promise<void> {
  const { run, target, backup, watch } = job;
  const seen = digest();
  const stored = await backup.source.open(backup.file);
  const tool = start(job, passwordFile, []);
  const streamed = await feed(pipeline(stored, seen.stream, decompress(), watch, tool.stdin, { signal: run.signal }), tool);
  const end = await tool.ended;
  if (streamed !== undefined && !isReaderGone(streamed)) {
    if (streamed instanceof RunError) throw streamed;
    throw new RunError('BackupCorrupt', `${backup.source.location}: cannot be read to its end: ${messageOf(streamed)}`, { cause: streamed });
  }
  if (end.code !== 0 || end.signal !== null) throw toolError(end, 'RestoreFailed', [target.password]);
  // A part of a backup may lie before its end.
  if (streamed !== undefined && job.options.selection !== undefined) return;
  // The storage is shared: the file may have changed since it was verified.
  requireSame(backup.file, { bytes: seen.bytes(), sha256: seen.sha256() }, backup.source.location);
}

async function fileRestore(job: RestoreJob, passwordFile: string, file: string): Promise<void> {
  const tool = start(job, passwordFile, [file]);
  tool.stdin.end();
  const end = await tool.ended;
  if (end.code !== 0 || end.signal !== null) throw toolError(end, 'RestoreFailed', [job.target.password]);
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
