import { open } from 'node:fs/promises';
import { ExitCode, formatRunResult, type RunResult } from '@postgres-operator/api';
import { codeOf } from './errors.ts';

/** Writes the result where Kubernetes picks up the termination message. */
export async function writeResult(file: string, result: RunResult): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(formatRunResult(result));
    await handle.sync().catch((error: unknown) => {
      // Not every file can be synced; the termination log is a bind mount of any kind.
      if (codeOf(error) !== 'EINVAL') throw error;
    });
  } finally {
    await handle.close();
  }
}

/** The exit code that agrees with a result. */
export function exitCodeOf(result: RunResult): number {
  if (result.outcome === 'succeeded') return ExitCode.succeeded;
  if (result.reason === 'Cancelled') return ExitCode.cancelled;
  return result.retryable ? ExitCode.retryable : ExitCode.permanent;
}
