// The contract from a runner back to the controller: what happened. JSON in the container's termination message.
import type { RunResult } from './run-result-schema.ts';
import { validateRunResult } from './generated/validators.js';

/** Kubernetes cuts a termination message at 4096 bytes; a cut result would be unreadable, so writers stay below. */
export const MAX_RESULT_BYTES = 4096;
/** Where the runner writes its result: Kubernetes' own default for terminationMessagePath. */
export const RESULT_FILE = '/dev/termination-log';

/** Exit codes of a runner; they agree with the result. */
export const ExitCode = { succeeded: 0, retryable: 10, permanent: 20, cancelled: 143 } as const;

/** Why a run failed, as the runner saw it. What to do about each is in docs/failure-modes.md. */
export const RUN_FAILURE_REASONS = [
  'InvalidRequest',
  'ServerUnreachable',
  'AuthenticationFailed',
  'DatabaseMissing',
  'ClientTooOld',
  'ClientTooNew',
  'DumpFailed',
  'DumpStalled',
  'LockTimeout',
  'SelectionEmpty',
  'StorageFailed',
  'StorageFull',
  'StorageUnreachable',
  'StorageDenied',
  'BackupMissing',
  'BackupCorrupt',
  'BackupPartial',
  'RestoreFailed',
  'InsufficientSpace',
  'ServerTooOld',
  'TargetExists',
  'TargetNotEmpty',
  'ExtensionNotAllowed',
  'RoleMissing',
  'SwapFailed',
  'CheckFailed',
  'ContentDamaged',
  'UpgradeFailed',
  'HandoverMissing',
  'NotTheNewServer',
  'WrittenSince',
  'Cancelled',
  'InternalError',
] as const;
export type RunFailureReason = (typeof RUN_FAILURE_REASONS)[number];

export type {
  CatalogueSucceeded,
  CheckSucceeded,
  DiscardSucceeded,
  DrillSucceeded,
  DropPreviousSucceeded,
  DumpSucceeded,
  RestoreSucceeded,
  RunFailed,
  RunResult,
  UpgradeCheckSucceeded,
  UpgradeLoadSucceeded,
  UpgradePrepareSucceeded,
  UpgradeVerifySucceeded,
} from './run-result-schema.ts';

/** A message that is no result: empty, cut, or of a version that this controller does not know. */
export interface UnreadableResult {
  readonly outcome: 'unreadable';
  readonly why: string;
}

/** Reads a termination message. Total: whatever comes in, a value comes out. Unknown extra fields pass. */
export function parseRunResult(text: string | undefined): RunResult | UnreadableResult {
  if (text === undefined || text.trim() === '') return { outcome: 'unreadable', why: 'the runner left no result' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { outcome: 'unreadable', why: 'the result is not JSON' };
  }
  if (validateRunResult(value)) return value as RunResult;
  return { outcome: 'unreadable', why: 'the result is not of version 1' };
}

/** Writes a result in at most MAX_RESULT_BYTES: a long message is shortened, never the JSON. */
export function formatRunResult(result: RunResult): string {
  const text = JSON.stringify(result);
  if (Buffer.byteLength(text) <= MAX_RESULT_BYTES) return text;
  if (result.outcome === 'succeeded') throw new Error(`the result has ${Buffer.byteLength(text)} bytes, more than ${MAX_RESULT_BYTES}`);
  const characters = [...result.message];
  // Halving ends soon, and keeps the beginning of the message, which names what failed.
  return formatRunResult({ ...result, message: `${characters.slice(0, Math.floor(characters.length / 2)).join('')}…` });
}
