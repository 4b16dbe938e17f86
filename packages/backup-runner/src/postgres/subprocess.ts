import { spawn } from 'node:child_process';
import { setTimeout as after, clearTimeout } from 'node:timers';
import type { Readable, Writable } from 'node:stream';
import { basename } from 'node:path';
import { RunError, messageOf } from '../errors.ts';
import { tail } from '../stages/tail.ts';
import type { ToolEnd } from './tool-error.ts';

const STDERR_BYTES = 8192;
// Time for pg_dump to send its cancel requests; the pod's grace period is 30 s.
const KILL_AFTER_MILLISECONDS = 3000;

/** A running tool of PostgreSQL. */
export interface Tool {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles when it has ended and its output was read to the end. */
  readonly ended: Promise<ToolEnd>;
}

/** What a tool is started with. Its environment is exactly `env`: nothing of the pod's leaks into it. */
export interface ToolOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Is told each line of standard error; those that it takes are not kept. */
  readonly hear?: (line: string) => boolean;
  /** Bytes of its standard output that it gathers before it writes them. Absent: as many as it gathers by itself. */
  readonly outputBuffer?: number;
}

/** Starts a tool. An aborted signal ends it: TERM, then KILL for one that does not listen. */
export function startTool(path: string, args: readonly string[], options: ToolOptions): Tool {
  // stdbuf becomes the tool: it is the same process.
  const [command, ...rest] = options.outputBuffer === undefined ? [path, ...args] : ['stdbuf', `--output=${options.outputBuffer}`, path, ...args];
  const child = spawn(command, rest, { env: { ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const stderr = tail(child.stderr, STDERR_BYTES, options.hear);
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    killer = after(() => child.kill('SIGKILL'), KILL_AFTER_MILLISECONDS);
  };
  if (options.signal.aborted) stop();
  options.signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<ToolEnd>((resolve, reject) => {
    child.once('error', (cause) => reject(new RunError('InternalError', `cannot start ${command}: ${messageOf(cause)}`, { cause })));
    child.once('close', (code, signal) => resolve({ tool: basename(path), code, signal, stderr: stderr() }));
  }).finally(() => {
    options.signal.removeEventListener('abort', stop);
    clearTimeout(killer);
  });
  // Callers await it after the streams; until then a failure to start must not count as unhandled.
  ended.catch(() => undefined);
  return { stdin: child.stdin, stdout: child.stdout, ended };
}
