import { CREDENTIALS_FOLDER, DRILL_FOLDER, SCRATCH_FOLDER, STORAGE_FOLDER } from '@postgres-operator/api';
import type { Log } from './log.ts';
import { SMALLEST_PART } from './s3/part-size.ts';

/** Where a runner finds its surroundings. Constant in a pod; tests have folders of their own. */
export interface Environment {
  readonly credentialsFolder: string;
  readonly storageFolder: string;
  readonly scratchFolder: string;
  /** Holds the socket of the server that a drill restores into. */
  readonly drillFolder: string;
  /** Holds one folder a client major, each with bin/pg_dump and bin/pg_restore. */
  readonly toolsFolder: string;
  /** How often a connection is tried again while the server is momentarily unreachable. */
  readonly connectRetries: number;
  /** The same for a server that is just being made. */
  readonly startRetries: number;
  /** How long a standby that lags may take until it has what the primary had. */
  readonly standbyPatienceMilliseconds: number;
  /** How often a request to an object store is tried again after an error that may pass: 0.2 s later, then twice as long each time. */
  readonly storageRetries: number;
  /** Bytes of the first parts of an upload. */
  readonly smallestPart: number;
  /** Between two lines of progress. */
  readonly progressMilliseconds: number;
  /** How long a restore waits for standbys to replay its swap. */
  readonly standbyMilliseconds: number;
}

/** The surroundings in a Job's pod. */
export const POD_ENVIRONMENT: Environment = {
  credentialsFolder: CREDENTIALS_FOLDER,
  storageFolder: STORAGE_FOLDER,
  scratchFolder: SCRATCH_FOLDER,
  drillFolder: DRILL_FOLDER,
  toolsFolder: '/usr/lib/postgresql',
  connectRetries: 6,
  startRetries: 60,
  standbyPatienceMilliseconds: 10_000,
  storageRetries: 7,
  smallestPart: SMALLEST_PART,
  progressMilliseconds: 2000,
  standbyMilliseconds: 60_000,
};

/** What every step of one run needs. */
export interface Run {
  readonly environment: Environment;
  /** Aborted by SIGTERM or SIGINT; everything that waits ends with it. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** For what only somebody who looks for a fault wants to know: nothing, unless the request asks for it. */
  readonly debug: Log;
}
