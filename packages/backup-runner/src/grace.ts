import { setTimeout as after } from 'node:timers';

const GRACE_MILLISECONDS = 5000;

/** A signal for tidying up: a stop request gives it a few more seconds, well within a pod's grace period of 30. */
export function graceAfter(signal: AbortSignal): AbortSignal {
  const grace = new AbortController();
  const begin = (): void => void after(() => grace.abort(), GRACE_MILLISECONDS).unref();
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return grace.signal;
}
