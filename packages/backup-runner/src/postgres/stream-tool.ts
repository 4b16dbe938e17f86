import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DumpRequest } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { compressing } from '../stages/compressing.ts';
import { digest } from '../stages/measure.ts';
import { readBack } from '../stages/read-back.ts';
import { storageError } from '../storage/storage-error.ts';
import type { Client } from './client-choice.ts';
import type { Target } from './connect.ts';
import { withPasswordFile } from './password-file.ts';
import { sessionState } from './session-state.ts';
import { watchForStall } from './stall.ts';
import { startTool } from './subprocess.ts';
import { toolEnvironment } from './tool-environment.ts';
import { toolError } from './tool-error.ts';

/** Where a dump comes from and goes to. */
export interface DumpJob {
  readonly request: Pick<DumpRequest, 'selection' | 'lockTimeoutMilliseconds' | 'stallTimeoutSeconds'>;
  readonly run: Run;
  readonly target: Target;
  readonly client: Client;
  readonly output: Writable;
  /** Names the output in errors. */
  readonly location: string;
}

// Where patterns without a schema look for tables; pg_dump goes back to its session's path for them only.
const PATTERNS_LOOK_IN = ' -c search_path=public';

// As much as Node reads at once. By itself pg_dump writes 4 KiB at a time, and each of them wakes this process: an eighth of its processor time.
const OUTPUT_BUFFER = 64 * 1024;

// The default of a Backup's stallTimeoutSeconds.
const STALL_TIMEOUT_SECONDS = 1800;

/** A tool that writes to its standard output. */
export interface ToolStream {
  readonly program: 'pg_dump' | 'pg_dumpall';
  readonly args: readonly string[];
  /** Sees what the tool wrote, as it comes back out of what is stored. What it throws breaks the stream. */
  readonly look: (chunk: Buffer) => void;
}

/** What was stored. */
export interface Stored {
  readonly bytes: number;
  readonly sha256: string;
  /** Before compression. */
  readonly plainBytes: number;
}

/**
 * Streams what a tool writes through compression and digest into the output. Returning means: the tool said it was complete, and
 * all that it wrote came back out of the stored bytes.
 */
export async function streamTool(job: DumpJob, stream: ToolStream): Promise<Stored> {
  return withPasswordFile(job.run.environment.scratchFolder, job.target, (passwordFile) => withPassword(job, stream, passwordFile));
}

async function withPassword(job: DumpJob, { program, args, look }: ToolStream, passwordFile: string): Promise<Stored> {
  const { run, request, target, client, output, location } = job;
  // A full disk must end the tool too, which would otherwise wait for its reader.
  const broken = new AbortController();
  const signal = AbortSignal.any([run.signal, broken.signal]);
  const tool = startTool(join(client.bin, program), args, { env: toolEnvironment(target, passwordFile, PATTERNS_LOOK_IN), signal, outputBuffer: OUTPUT_BUFFER });
  tool.stdin.end();
  const compressed = compressing();
  const back = readBack(look);
  const stored = digest();
  let stall: Promise<RunError> | undefined;
  const endWatch = watchForStall(request.stallTimeoutSeconds ?? STALL_TIMEOUT_SECONDS, () => compressed.bytes() + stored.bytes(), () => {
    stall = stalled(job);
    // Its session can be asked about only as long as it is there.
    void stall.then(() => broken.abort());
  });
  try {
    await pipeline(tool.stdout, compressed.stream, back.stream, stored.stream, output, { signal });
    // The end of the output alone proves nothing: a tool that was killed ends it just as well.
    const end = await tool.ended;
    if (end.code !== 0 || end.signal !== null) throw toolError(end, 'DumpFailed', [target.password]);
  } catch (error) {
    broken.abort();
    await tool.ended;
    throw (await stall) ?? storageError(error, location);
  } finally {
    endWatch();
  }
  if (back.bytes() !== compressed.bytes()) {
    throw new RunError('DumpFailed', `${program} wrote ${compressed.bytes()} bytes, and ${back.bytes()} came back out of what was compressed`, { retryable: true });
  }
  return { bytes: stored.bytes(), sha256: stored.sha256(), plainBytes: compressed.bytes() };
}

/** Which side stands still: whatever came from the tool was accepted, or not. */
async function stalled({ run, request, target, output, location }: DumpJob): Promise<RunError> {
  const seconds = request.stallTimeoutSeconds ?? STALL_TIMEOUT_SECONDS;
  if (output.writableLength > 0 || output.writableEnded) return new RunError('DumpStalled', `${location} has not accepted a byte for ${seconds} s`);
  const state = await sessionState(run, target);
  return new RunError('DumpStalled', `no byte came from ${target.host}:${target.port} for ${seconds} s${state === undefined ? '' : `: ${state}`}`);
}
