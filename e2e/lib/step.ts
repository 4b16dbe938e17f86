import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from './cache.ts';
import { messageOf, StepError } from './error.ts';
import { lastLines, run, type RunOptions, type RunResult } from './run.ts';

const ALIVE_EVERY_MS = 15_000;
const LINES_SHOWN_ON_FAILURE = 20;

export interface StepOptions {
  /** How long it usually takes, for the person who waits: `6 min`. */
  usually: string;
  /** Where the log of the step goes; the cache if not given. */
  logDir?: string;
}

/** Handed to the body of a step: commands run through it leave their output in the log of the step. */
export interface StepLog {
  readonly path: string;
  run(command: string, args: string[], options?: Omit<RunOptions, 'log'>): Promise<RunResult>;
}

/** One stretch of work somebody waits for: announced when it starts, alive while it lasts, explained when it fails. */
export async function step<T>(title: string, options: StepOptions, action: (log: StepLog) => Promise<T>): Promise<T> {
  const path = logFile(title, options.logDir ?? join(cacheDir(), 'logs'));
  const started = Date.now();
  // Progress is for people: on stderr, so that what a command prints on stdout can be piped.
  console.error(`▸ ${title} (usually ${options.usually})`);
  const alive = setInterval(() => console.error(`  … ${title}: ${duration(Date.now() - started)}`), ALIVE_EVERY_MS);
  try {
    const result = await action({ path, run: (command, args, more = {}) => run(command, args, { ...more, log: path }) });
    console.error(`✓ ${title}: ${duration(Date.now() - started)}`);
    return result;
  } catch (cause) {
    throw explain(title, path, cause);
  } finally {
    clearInterval(alive);
  }
}

function explain(title: string, path: string, cause: unknown): StepError {
  const exitCode = cause instanceof StepError ? cause.exitCode : undefined;
  const why = exitCode === undefined ? messageOf(cause) : `exit code ${exitCode}\n${messageOf(cause)}`;
  const tail = existsSync(path) ? lastLines(readFileSync(path, 'utf8'), LINES_SHOWN_ON_FAILURE) : '';
  const shown = tail === '' ? '' : `\nLog: ${path}, which ends:\n${tail.replaceAll(/^/gm, '  │ ')}`;
  return new StepError(`Step failed: ${title}: ${why}${shown}`, { cause, log: path, ...(exitCode === undefined ? {} : { exitCode }) });
}

function logFile(title: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${title.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}.log`);
  writeFileSync(path, '');
  return path;
}

export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
