import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../environment.ts';
import { digest, meter } from '../stages/measure.ts';
import { compress } from '../stages/zstd.ts';
import { storageError } from '../storage/storage-error.ts';
import type { Client } from './client-tools.ts';
import type { Target } from './connect.ts';
import { withPasswordFile } from './password-file.ts';
import { startTool } from './subprocess.ts';
import { toolEnvironment } from './tool-environment.ts';
import { toolError } from './tool-error.ts';

/** Where a dump comes from and goes to. */
export interface DumpJob {
  readonly run: Run;
  readonly target: Target;
  readonly client: Client;
  readonly output: Writable;
  /** Names the output in errors. */
  readonly location: string;
}

/** What passed. */
export interface Measured {
  readonly bytes: number;
  readonly plainBytes: number;
  readonly sha256: string;
}

// Compression is ours, outside pg_dump: four times as fast as its gzip. A dump waits for a table that is being altered,
// but not for ever: behind its own waiting request, every other session of that table would queue up too.
const ARGUMENTS = ['--format=custom', '--compress=0', '--no-password', '--lock-wait-timeout=300s'];

/** Streams a database through compression and digest into `output`, in constant memory. Returning means: pg_dump said it was complete. */
export async function dumpDatabase(job: DumpJob): Promise<Measured> {
  return withPasswordFile(job.run.environment.scratchFolder, job.target, (passwordFile) => streamDump(job, passwordFile));
}

async function streamDump({ run, target, client, output, location }: DumpJob, passwordFile: string): Promise<Measured> {
  // A full disk must end pg_dump too, which would otherwise wait for its reader.
  const storageFailed = new AbortController();
  const tool = startTool(join(client.bin, 'pg_dump'), ARGUMENTS, {
    env: toolEnvironment(target, passwordFile),
    signal: AbortSignal.any([run.signal, storageFailed.signal]),
  });
  tool.stdin.end();
  const plain = meter();
  const stored = digest();
  try {
    await pipeline(tool.stdout, plain.stream, compress(), stored.stream, output, { signal: run.signal });
  } catch (error) {
    storageFailed.abort();
    await tool.ended;
    throw storageError(error, location);
  }
  // The end of the output alone proves nothing: a pg_dump that was killed ends it just as well.
  const end = await tool.ended;
  if (end.code !== 0 || end.signal !== null) throw toolError(end, 'DumpFailed', [target.password]);
  return { bytes: stored.bytes(), plainBytes: plain.bytes(), sha256: stored.sha256() };
}
