import type { Config } from '../config.ts';
import type { Kube } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { PodLogs } from '../kube/pod-logs.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Caches } from './caches.ts';

/** What every reconciler works with. */
export interface Dependencies {
  readonly caches: Caches;
  readonly kube: Kube;
  readonly logs: PodLogs;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: Config;
}
