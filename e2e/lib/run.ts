import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { StepError } from './error.ts';

export interface RunOptions {
  cwd?: string;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  input?: string;
  /** Read instead of `input`, and as it is: for archives. */
  inputFile?: string;
  /** Everything the command prints is appended to this file. */
  log?: string;
  /** Exit codes other than 0 that are an answer, not a failure. */
  accept?: number[];
  timeoutSeconds?: number;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs a command to its end. The error of a failing one carries what it printed last. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const child = start(command, args, options);
  const collected = collect(child, [command, ...args].join(' '), options.log);
  const exitCode = await exitCodeOf(command, child).finally(collected.close);
  const { output } = collected;
  if (exitCode === 0 || options.accept?.includes(exitCode)) return { ...output, exitCode };
  const details = { exitCode, ...(options.log === undefined ? {} : { log: options.log }) };
  throw new StepError(`${command} ${args[0] ?? ''} ended with ${exitCode}: ${lastLines(output.stderr || output.stdout, 5)}`, details);
}

function start(command: string, args: string[], options: RunOptions): ChildProcess {
  const { cwd, env, input = '', inputFile, timeoutSeconds } = options;
  const file = inputFile === undefined ? undefined : openSync(inputFile, 'r');
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [file ?? 'pipe', 'pipe', 'pipe'],
    timeout: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
  });
  if (file !== undefined) closeSync(file);
  // A command that ends without reading its input is no error of ours.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return child;
}

interface Collected {
  readonly output: { stdout: string; stderr: string };
  close(): void;
}

function collect(child: ChildProcess, title: string, file: string | undefined): Collected {
  // Written at once: a stream would open the file at a moment when its folder may be gone again.
  const log = file === undefined ? undefined : openSync(file, 'a');
  const write = (text: string): void => {
    if (log !== undefined) writeSync(log, text);
  };
  write(`$ ${title}\n`);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      write(text);
    });
  }
  return {
    output,
    close() {
      if (log !== undefined) closeSync(log);
    },
  };
}

async function exitCodeOf(command: string, child: ChildProcess): Promise<number> {
  try {
    const [code] = (await once(child, 'close')) as [number | null, string | null];
    // Killed by a signal: 137 is what a shell would say.
    return code ?? 137;
  } catch (cause) {
    throw new StepError(`could not start ${command}: is it installed?`, { cause, exitCode: 127 });
  }
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
