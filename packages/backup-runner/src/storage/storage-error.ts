import { RunError, codeOf, messageOf } from '../errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'the claim must be writable for the runner: let its securityContext have an fsGroup, or open the folder for its user',
  EPERM: 'the claim must be writable for the runner: let its securityContext have an fsGroup, or open the folder for its user',
  EROFS: 'the claim is mounted read-only',
};

/** The RunError for a failed operation on the storage, naming the place and what to do. */
export function storageError(error: unknown, location: string): RunError {
  if (error instanceof RunError) return error;
  const code = codeOf(error) ?? '';
  if (FULL.has(code)) return new RunError('StorageFull', `no space left in ${location}: delete backups or enlarge the claim`, { cause: error });
  const advice = ADVICE[code];
  // Whatever has no advice (EIO, ESTALE) may pass.
  return new RunError('StorageFailed', `${location}: ${advice ?? messageOf(error)}${advice === undefined ? '' : ` (${code})`}`, { cause: error, retryable: advice === undefined });
}
