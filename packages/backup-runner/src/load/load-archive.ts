// Loads a backup with pg_restore: first all until the rows are there, as a stream, then from its table of contents alone what comes after rows.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../environment.ts';
import { RunError, codeOf, messageOf } from '../errors.ts';
import type { Client } from '../postgres/client-choice.ts';
import type { Target } from '../postgres/connect.ts';
import { withPasswordFile } from '../postgres/password-file.ts';
import { databaseArgument, restoreArguments, type LoadOptions, type Section } from '../postgres/restore-arguments.ts';
import { startTool, type Tool } from '../postgres/subprocess.ts';
import { toolEnvironment } from '../postgres/tool-environment.ts';
import { toolError } from '../postgres/tool-error.ts';
import { digest } from '../stages/measure.ts';
import { decompress } from '../stages/zstd.ts';
import type { BackupSource } from '../storage/contract.ts';
import type { Manifest, StoredFile } from '../storage/manifest.ts';
import { requireSame } from '../storage/verify.ts';
import { openCopySession } from './copy-session.ts';
import { SIZES, spreadRows, type Spread, type SpreadObserver } from './spread-rows.ts';

/** A backup and the empty database it goes into. */
export interface LoadJob {
  readonly run: Run;
  readonly target: Target;
  readonly client: Client;
  readonly backup: { readonly source: Pick<BackupSource, 'location' | 'open'>; readonly file: StoredFile; readonly manifest: Pick<Manifest, 'database'> };
  readonly options: LoadOptions;
  /** How many sessions load. */
  readonly jobs: number;
  /** Memory that each of them may use to build an index. Absent: what the server gives. */
  readonly maintenanceKilobytes?: number;
  readonly watch: LoadWatch;
}

/** Is told how far a load is. */
export interface LoadWatch extends Pick<SpreadObserver, 'begins' | 'ends'> {
  /** So many bytes of the archive have passed. */
  readonly passed: (bytes: number) => void;
  /** All rows are there. */
  readonly rowsLoaded: () => void;
  /** Hears what pg_restore says. True for a line that only tells of progress. */
  readonly hear: (line: string) => boolean;
}

// Commits need not wait for the disk: the swap's commit does, and flushes them all.
const OPTIONS = ' -c synchronous_commit=off';

// Of the scratch folder's 16 MiB, which are memory. So much describes about 10,000 tables; with more, one session makes the indexes.
const LARGEST_FILE = 8 * 1024 * 1024;

/** Loads it. Returning means: pg_restore said it was complete, every session has its rows, and the bytes were the verified ones. */
export async function loadArchive(job: LoadJob): Promise<void> {
  const { run, target, watch } = job;
  await withPasswordFile(run.environment.scratchFolder, target, async (passwordFile) => {
    const front = await loadRows(job, passwordFile);
    watch.rowsLoaded();
    await makeIndexes(job, passwordFile, front);
  });
}

/** Returns the head of the archive and its table of contents. */
async function loadRows(job: LoadJob, passwordFile: string): Promise<Buffer> {
  const { run, backup, watch, options } = job;
  const seen = digest();
  const stored = await backup.source.open(backup.file);
  const taken = new Set<string>();
  const hear = (line: string): boolean => {
    const table = /^pg_restore: processing data for table "(.*)"$/.exec(line)?.[1];
    if (table !== undefined) taken.add(table);
    return watch.hear(line);
  };
  const tool = start(job, passwordFile, { section: 'rows', hear });
  let front: Buffer = Buffer.alloc(0);
  const spread: Spread = {
    restore: tool.stdin,
    sessions: job.jobs - 1,
    open: () => {
      run.log('one more session takes rows in');
      return openCopySession(run, { ...job.target, options: OPTIONS }, backup.manifest.database.encoding);
    },
    takes: ({ schema, name }) => taken.has(`${schema}.${name}`),
    observer: { ...watch, described: (bytes) => (front = bytes) },
    sizes: SIZES,
    signal: run.signal,
  };
  const count = async function* (archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of archive) {
      watch.passed(chunk.length);
      yield chunk;
    }
  };
  const streamed = await feed(pipeline(stored, seen.stream, decompress(), count, (archive) => spreadRows(archive, spread), { signal: run.signal }), tool);
  const end = await tool.ended;
  if (streamed !== undefined && !isReaderGone(streamed)) {
    if (streamed instanceof RunError) throw streamed;
    throw new RunError('BackupCorrupt', `${backup.source.location}: cannot be read to its end: ${messageOf(streamed)}`, { cause: streamed });
  }
  requireSuccess(end, job);
  // A part of a backup may lie before its end.
  const part = options.selection !== undefined || options.listFile !== undefined;
  // The storage is shared: the file may have changed since it was verified.
  if (streamed === undefined || !part) requireSame(backup.file, { bytes: seen.bytes(), sha256: seen.sha256() }, backup.source.location);
  return front;
}

async function makeIndexes(job: LoadJob, passwordFile: string, front: Buffer): Promise<void> {
  const { hear } = job.watch;
  if (job.jobs > 1 && front.length <= LARGEST_FILE) {
    await withFile(job.run, front, async (file) => {
      const tool = start(job, passwordFile, { section: 'indexes', hear, file });
      tool.stdin.end();
      requireSuccess(await tool.ended, job);
    });
    return;
  }
  const tool = start({ ...job, jobs: 1 }, passwordFile, { section: 'indexes', hear });
  await feed(pipeline([front], tool.stdin, { signal: job.run.signal }), tool);
  requireSuccess(await tool.ended, job);
}

interface Starting {
  readonly section: Section;
  readonly hear: LoadWatch['hear'];
  /** Absent: it reads what it is given. */
  readonly file?: string;
}

function start({ run, target, client, options, jobs, maintenanceKilobytes }: LoadJob, passwordFile: string, { section, hear, file }: Starting): Tool {
  const settings = maintenanceKilobytes === undefined ? OPTIONS : `${OPTIONS} -c maintenance_work_mem=${maintenanceKilobytes}kB`;
  const args = [...restoreArguments(options, section, jobs), `--dbname=${databaseArgument(target.database)}`, ...(file === undefined ? [] : [file])];
  const tool = startTool(join(client.bin, 'pg_restore'), args, { env: toolEnvironment(target, passwordFile, settings), signal: run.signal, hear });
  tool.stdout.resume();
  return tool;
}

function requireSuccess(end: Awaited<Tool['ended']>, { target }: LoadJob): void {
  if (end.code !== 0 || end.signal !== null) throw toolError(end, 'RestoreFailed', [target.password]);
}

/** Several sessions of pg_restore each look into the same file. */
async function withFile(run: Run, front: Buffer, work: (file: string) => Promise<void>): Promise<void> {
  const file = join(run.environment.scratchFolder, `contents-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(file, front, { mode: 0o600 });
    await work(file);
  } finally {
    await rm(file, { force: true });
  }
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
