// Who works: the holder of the Lease, or, without an election, this process.
import type { Config } from './config.ts';
import type { KubeClient } from './kube/client.ts';
import { isAlreadyExists, isConflict } from './kube/errors.ts';
import { kubeLease } from './kube/lease.ts';
import { monotonicClock, systemClock } from './runtime/clock.ts';
import { LeaderElector, type ElectionObserver } from './runtime/leader-election.ts';
import { errorText, type Logger } from './telemetry/logger.ts';

/** The right to work. */
export interface Leadership {
  readonly leading: boolean;
  run(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

const ALONE: Leadership = { leading: true, run: (signal, work) => work(signal) };

/** The client is one of the election's own: it writes before this process leads. */
export function leadership({ config, kube, log }: { config: Config; kube: KubeClient; log: Logger }): Leadership {
  if (config.election === undefined) return ALONE;
  const { lease, identity, timings } = config.election;
  const observer = observe(log, { identity, lease: `${lease.namespace}/${lease.name}` });
  return new LeaderElector({ identity, timings, lock: kubeLease(kube, lease), clock: monotonicClock, wallTime: systemClock.now, observer });
}

const observe = (log: Logger, fields: { identity: string; lease: string }): ElectionObserver => ({
  waiting: (holder) => log.info('Standing by', { ...fields, leader: holder }),
  elected: ({ transitions }) => log.info('Became leader', { ...fields, transitions }),
  lost: (error) => log.error('Lost leadership', { ...fields, error: errorText(error) }),
  released: () => log.info('Released leadership', fields),
  failed(error, failures) {
    // Of two that take a free lease at once, one is refused. Of an API server that does not answer, one line is enough.
    const expected = failures > 1 || isConflict(error) || isAlreadyExists(error);
    log[expected ? 'debug' : 'warn']('Lease not reached', { ...fields, error: errorText(error) });
  },
});
