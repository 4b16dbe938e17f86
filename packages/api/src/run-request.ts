// The contract from the controller to a runner: what one run has to do. It travels in the environment variable
// RUN_REQUEST of the Job's pod, so it never holds a credential; those are files below CREDENTIALS_FOLDER.
import type { RunRequest } from './run-request-schema.ts';
import { validateRunRequest } from './generated/validators.js';

/** Environment variable that carries the request. */
export const RUN_REQUEST_VARIABLE = 'RUN_REQUEST';
/** Each identity is a folder in here with the files `username` and `password`. */
export const CREDENTIALS_FOLDER = '/run/credentials';
/**
 * The folder in CREDENTIALS_FOLDER for an object store. Its files are those of this list that the Secret has; without a key
 * among them the runner looks where AWS's own tools do, such as a projected token. AWS_CA_BUNDLE holds PEM, not a path.
 */
export const STORAGE_CREDENTIALS = {
  folder: 'storage',
  files: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION', 'AWS_ENDPOINT_URL_S3', 'AWS_CA_BUNDLE'],
} as const;
/** The claim that holds backups is mounted here. */
export const STORAGE_FOLDER = '/backups';
/** A small writable folder in memory, for password files. */
export const SCRATCH_FOLDER = '/run/scratch';

/** The socket of the server that a drill restores into; the server runs beside the runner. */
export const DRILL_FOLDER = '/run/drill';

/** Sessions that load a backup unless a restore says otherwise: on two processors two are a third faster than one, and leave the clients of a server more than four would. */
export const DEFAULT_RESTORE_JOBS = 2;

/**
 * Seconds after which a database that a restore loads into is nobody's any more, where no restore is at work: the check that drops it takes
 * less than three minutes, so that what was there an hour ago belongs to none that has begun since.
 */
export const LEFTOVER_AGE_SECONDS = 3600;

export type {
  BackupPlace,
  CatalogueRequest,
  CheckRequest,
  DiscardRequest,
  DrillRequest,
  DropPreviousRequest,
  DumpRequest,
  RequestHead,
  RestoreRequest,
  RunRequest,
  UpgradeCheckRequest,
  UpgradeLoadRequest,
  UpgradePrepareRequest,
  UpgradeVerifyRequest,
} from './run-request-schema.ts';

/**
 * Reads a request. Unknown extra fields pass, so that an old runner serves a newer controller.
 * @throws Error that says what is wrong, when the text is not a request this version knows.
 */
export function parseRunRequest(text: string | undefined): RunRequest {
  if (text === undefined) throw new Error(`${RUN_REQUEST_VARIABLE} is not set: the runner is started by the operator's Jobs`);
  const value: unknown = JSON.parse(text);
  if (!validateRunRequest(value)) {
    const [first] = validateRunRequest.errors ?? [];
    throw new Error(`${RUN_REQUEST_VARIABLE} is not a run request of version 1: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  return value as RunRequest;
}
