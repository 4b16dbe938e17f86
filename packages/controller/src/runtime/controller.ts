import type { Clock } from './clock.ts';
import { TerminalError, type Reconcile } from './outcome.ts';
import type { WorkQueue } from './work-queue.ts';

export type ReconcileResult = 'success' | 'requeue' | 'error' | 'terminal_error';

/** What a controller reports of its work. */
export interface ControllerObserver {
  reconciled(controller: string, result: ReconcileResult, seconds: number): void;
  failed(controller: string, key: string, error: unknown): void;
}

export interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly workers: number;
  readonly clock: Clock;
  readonly observer: ControllerObserver;
}

/** Longest time one reconcile may take: it never waits for anything, so this only ends one whose API server hangs. */
const RECONCILE_TIMEOUT_MS = 60_000;

/** Runs the workers of one kind until the signal aborts, then lets those at work finish. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const close = (): void => options.queue.close();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  await Promise.all(Array.from({ length: options.workers }, () => work(options)));
}

async function work(options: ControllerOptions): Promise<void> {
  for (;;) {
    const key = await options.queue.get();
    if (key === undefined) return;
    await workOn(key, options);
    options.queue.done(key);
  }
}

async function workOn(key: string, { name, queue, reconcile, clock, observer }: ControllerOptions): Promise<void> {
  const startedAt = clock.now();
  const report = (result: ReconcileResult): void => observer.reconciled(name, result, (clock.now() - startedAt) / 1000);
  try {
    const outcome = await reconcile(key, AbortSignal.timeout(RECONCILE_TIMEOUT_MS));
    queue.forget(key);
    if (outcome.done) return report('success');
    queue.addAfter(key, outcome.requeueAfterMs);
    report('requeue');
  } catch (error) {
    observer.failed(name, key, error);
    if (error instanceof TerminalError) return report('terminal_error');
    queue.addRateLimited(key, retryAfterMs(error));
    report('error');
  }
}

/** How long the error itself asks to wait: an API server that is overloaded says when to come back. */
function retryAfterMs(error: unknown): number | undefined {
  const wait = error instanceof Error && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof wait === 'number' ? wait : undefined;
}
