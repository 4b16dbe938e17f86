import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { StepError } from './error.ts';

/**
 * Runs `action` while holding an exclusive lock on `file`, also against other processes. The kernel holds the lock for a `flock`
 * child whose input is a pipe from us: however we end, the pipe closes, the child leaves and the lock is free. Nothing is ever stale.
 */
export async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  const release = await acquire(file);
  try {
    return await action();
  } finally {
    await release();
  }
}

async function acquire(file: string): Promise<() => Promise<void>> {
  mkdirSync(dirname(file), { recursive: true });
  // A session of its own: a Ctrl-C at the terminal must not free the lock before our own cleanup is through.
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(holder, 'exit');
  // Awaited only on release; without a handler a missing `flock` would end the process before it is reported.
  exited.catch(() => undefined);
  const notice = setTimeout(() => console.error(`… waiting for another process that holds ${file}`), 2000);
  try {
    const first = await Promise.race([once(holder.stdout, 'data'), exited.then(() => undefined)]);
    if (first === undefined) throw new StepError(`could not lock ${file}: flock ended with code ${holder.exitCode}`);
  } catch (cause) {
    throw cause instanceof StepError ? cause : new StepError(`could not lock ${file}: is util-linux installed?`, { cause });
  } finally {
    clearTimeout(notice);
  }
  return async () => {
    holder.stdin.end();
    await exited;
  };
}
