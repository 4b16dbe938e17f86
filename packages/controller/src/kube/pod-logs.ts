import type { ObjectKey } from '@postgres-operator/api';

/** The logs of pods, as far as the controller reads them. */
export interface PodLogs {
  /** The last lines that a container of a pod has written. */
  tail(pod: ObjectKey, options: { readonly container: string; readonly lines: number }, signal: AbortSignal): Promise<string>;
}

/** No line of a runner is longer than a table's name allows; whatever is, is none of a runner's. */
export const MAX_LOG_BYTES = 64 * 1024;
/** A kubelet that does not answer must not hold up a worker. */
export const LOG_TIMEOUT_MS = 3000;
