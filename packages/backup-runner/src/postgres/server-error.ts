import type { RunFailureReason } from '@postgres-operator/api';
import { RunError, codeOf, messageOf } from '../errors.ts';

const REASONS: Readonly<Record<string, RunFailureReason>> = {
  '28P01': 'AuthenticationFailed',
  '28000': 'AuthenticationFailed',
  '3D000': 'DatabaseMissing',
};

// Network errnos, and the SQLSTATEs of a server that starts, stops or is full.
const MOMENTARY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', '57P01', '57P02', '57P03', '53300']);

// pg reports a broken connection in words only.
const BROKEN = /^(Connection terminated|Client has encountered a connection error|timeout expired|Client was closed)/;

/** Whether another try a moment later may succeed. */
export function isMomentary(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined ? BROKEN.test(messageOf(error)) : MOMENTARY.has(code) || code.startsWith('08');
}

/** The RunError for an error of pg that concerns the way to the server; undefined for one of a statement. */
export function serverError(error: unknown, target: { readonly host: string; readonly port: number }): RunError | undefined {
  if (error instanceof RunError) return error;
  const reason = REASONS[codeOf(error) ?? ''] ?? (isMomentary(error) ? 'ServerUnreachable' : undefined);
  if (reason === undefined) return undefined;
  return new RunError(reason, `${target.host}:${target.port}: ${messageOf(error)}`, { cause: error });
}
