import { join } from 'node:path';
import type { Duplex, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../environment.ts';
import { digest } from '../stages/measure.ts';
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

/** A tool that writes to its standard output. */
export interface ToolStream {
  readonly program: 'pg_dump' | 'pg_dumpall';
  readonly args: readonly string[];
  /** Compresses what the tool writes. */
  readonly stage: Duplex;
}

/** What was stored. */
export interface Stored {
  readonly bytes: number;
  readonly sha256: string;
}

/** Streams what a tool writes through compression and digest into the output. Returning means: the tool said it was complete. */
export async function streamTool(job: DumpJob, stream: ToolStream): Promise<Stored> {
  return withPasswordFile(job.run.environment.scratchFolder, job.target, (passwordFile) => withPassword(job, stream, passwordFile));
}

async function withPassword({ run, target, client, output, location }: DumpJob, { program, args, stage }: ToolStream, passwordFile: string): Promise<Stored> {
  // A full disk must end the tool too, which would otherwise wait for its reader.
  const storageFailed = new AbortController();
  const tool = startTool(join(client.bin, program), args, {
    env: toolEnvironment(target, passwordFile),
    signal: AbortSignal.any([run.signal, storageFailed.signal]),
  });
  tool.stdin.end();
  const stored = digest();
  try {
    await pipeline(tool.stdout, stage, stored.stream, output, { signal: run.signal });
  } catch (error) {
    storageFailed.abort();
    await tool.ended;
    throw storageError(error, location);
  }
  // The end of the output alone proves nothing: a tool that was killed ends it just as well.
  const end = await tool.ended;
  if (end.code !== 0 || end.signal !== null) throw toolError(end, 'DumpFailed', [target.password]);
  return { bytes: stored.bytes(), sha256: stored.sha256() };
}
