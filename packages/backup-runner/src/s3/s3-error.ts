import { S3ServiceException } from '@aws-sdk/client-s3';
import type { RunFailureReason } from '@postgres-operator/api';
import { RunError, codeOf, messageOf } from '../errors.ts';

const FULL = new Set(['QuotaExceeded', 'StorageFull', 'XMinioStorageFull', 'InsufficientStorage', 'EntityTooLarge']);
const THROTTLED = new Set(['SlowDown', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequests', 'RequestTimeout', 'RequestTimeTooSkewed']);
// The store got other bytes than were sent: the way there may spoil them once and not again.
const SPOILT = new Set(['BadDigest', 'InvalidDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch', 'InvalidChecksum', 'IncompleteBody']);
// The store has not the parts that it said it had, or another attempt has ended this upload: parts that are sent anew may do.
const LOST = new Set(['InvalidPart', 'InvalidPartOrder', 'NoSuchUpload']);
// Network errnos, and the names that the client gives to its own timeouts.
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ECONNABORTED']);
const TIMEOUTS = new Set(['TimeoutError', 'NetworkingError']);
const CERTIFICATE = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_/;

/** The HTTP status of an answer, if there was one. */
export const statusOf = (error: unknown): number | undefined => (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined);

/** The store's own name of an error, or the client's. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** The condition of a write did not hold: somebody has written that key. */
export const isTaken = (error: unknown): boolean => statusOf(error) === 412 || statusOf(error) === 409;

/** There is no such object or upload; a missing bucket is another matter. */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';

/** Whether the same request may succeed a moment later. */
export function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  if (FULL.has(nameOf(error)) || status === 507 || status === 501) return false;
  if (status !== undefined && (status >= 500 || status === 429 || status === 408)) return true;
  return THROTTLED.has(nameOf(error)) || SPOILT.has(nameOf(error)) || isNetwork(error);
}

/** The RunError for a failed request, naming the place and, where it helps, what to do. */
export function s3Error(error: unknown, location: string): RunError {
  if (error instanceof RunError) return error;
  const { reason, retryable } = verdict(error);
  const status = statusOf(error);
  const words = [messageOf(error), status === undefined ? (codeOf(error) ?? nameOf(error)) : `${nameOf(error)}, HTTP ${status}`];
  return new RunError(reason, `${location}: ${words[0]} (${words[1]})`, { cause: error, retryable });
}

function verdict(error: unknown): { reason: RunFailureReason; retryable: boolean } {
  const status = statusOf(error) ?? 0;
  if (FULL.has(nameOf(error)) || status === 507) return { reason: 'StorageFull', retryable: false };
  if (status === 401 || status === 403 || nameOf(error) === 'CredentialsProviderError') return { reason: 'StorageDenied', retryable: false };
  if (isTaken(error) || isSpoiltOrLost(error)) return { reason: 'StorageFailed', retryable: true };
  if (isTransient(error)) return { reason: 'StorageUnreachable', retryable: true };
  if (CERTIFICATE.test(codeOf(error) ?? '')) return { reason: 'StorageUnreachable', retryable: false };
  return { reason: 'StorageFailed', retryable: false };
}

const isSpoiltOrLost = (error: unknown): boolean => SPOILT.has(nameOf(error)) || LOST.has(nameOf(error));

const isNetwork = (error: unknown): boolean => NETWORK.has(codeOf(error) ?? '') || TIMEOUTS.has(nameOf(error)) || /socket hang up|aborted/.test(messageOf(error));
