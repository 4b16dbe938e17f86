// Everything that goes wrong becomes a RunError: a reason the controller knows, and words for a person.
import type { RunFailed, RunFailureReason } from '@postgres-operator/api';
import { DatabaseError } from 'pg';

// A retry without anybody's doing can only help where the surroundings may have changed by then.
const RETRYABLE: ReadonlySet<RunFailureReason> = new Set(['ServerUnreachable', 'LockTimeout', 'DumpStalled', 'Cancelled']);

interface RunErrorDetails {
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** What is so afterwards, and has to be said whatever the reason. */
  readonly aftermath?: string;
}

/** A failure with the reason that the result reports. The message says what failed and what to do. */
export class RunError extends Error {
  readonly reason: RunFailureReason;
  readonly retryable: boolean;
  readonly aftermath: string | undefined;

  constructor(reason: RunFailureReason, message: string, details: RunErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'RunError';
    this.reason = reason;
    this.retryable = details.retryable ?? RETRYABLE.has(reason);
    this.aftermath = details.aftermath;
  }
}

/** The text of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The code that Node and PostgreSQL put on errors: an errno name or a SQLSTATE. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Turns whatever ended a run into its result. What a stop request tore down is Cancelled, however it looks. */
export function failedResult(error: unknown, cancelled: boolean, sqlReason: RunFailureReason = 'InternalError'): RunFailed {
  const failure = cancelled ? new RunError('Cancelled', 'the run was told to stop, and cleaned up', { cause: error }) : asRunError(error, sqlReason);
  const aftermath = error instanceof RunError && error.aftermath !== undefined ? `. ${error.aftermath}` : '';
  return { v: 1, outcome: 'failed', reason: failure.reason, message: `${failure.message}${aftermath}`, retryable: failure.retryable };
}

// Deadlocks, lock timeouts, and an object that a killed run's last statement is still busy with.
const PASSING = /^(40|55006|55P03|42P04)/;

function asRunError(error: unknown, sqlReason: RunFailureReason): RunError {
  if (error instanceof RunError) return error;
  if (!(error instanceof DatabaseError)) return new RunError('InternalError', messageOf(error), { cause: error });
  return new RunError(sqlReason, error.message, { cause: error, retryable: PASSING.test(error.code ?? '') });
}
