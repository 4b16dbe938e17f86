// Waits for the end of something in the cluster, and shows how it stands. It asks again and again rather than watches: a lost line costs one look.
import { isNotFound } from '@postgres-operator/controller/kube/errors';
import { parseDuration, readableSeconds } from '@postgres-operator/api';
import { isLost } from '../cluster/ask.ts';
import type { Context, Input, Options } from '../command.ts';
import { UsageError } from '../arguments.ts';
import { Exit, PluginError } from '../exit.ts';
import type { Look, Stand } from './stand.ts';

/** Pause between two looks. The operator writes progress every five seconds. */
const LOOK_MS = 1000;

/** Options of commands that can wait. */
export const WAIT_OPTIONS: Options = {
  wait: { type: 'boolean', short: 'w', description: 'wait for its end, and show how far it is' },
  timeout: { type: 'string', value: 'DURATION', description: 'with --wait: for no longer than this, such as 30m' },
};

/** What is waited for. */
export interface Awaited<T> {
  /** For messages, such as `Backup shop-monday`. */
  readonly title: string;
  look(): Promise<T>;
  stand(seen: T, look: Look): Stand;
}

/** An end, and what was seen last. */
export interface Ended<T> {
  readonly seen: T;
  readonly stand: Stand;
}

/** Milliseconds of --timeout. @throws UsageError when it is no duration */
export function timeoutOf(input: Input): number {
  const text = input.text('timeout');
  const timeout = text === undefined ? Infinity : parseDuration(text);
  if (timeout === undefined) throw new UsageError(`--timeout is a duration such as 90s or 1h30m, not ${text}`);
  return timeout;
}

/** Waits for the end, whatever becomes of the line. @throws PluginError when the time is over, the object is gone, or the person interrupts */
export async function follow<T>({ pace, signal, terminal }: Pick<Context, 'pace' | 'signal' | 'terminal'>, awaited: Awaited<T>, timeoutMs: number): Promise<Ended<T>> {
  const since = pace.now();
  let lostAt: number | undefined;
  for (;;) {
    const now = pace.now();
    const seen = await awaited.look().catch((error: unknown) => error as Error);
    if (signal.aborted) throw new PluginError(Exit.interrupted, `Interrupted. ${awaited.title} goes on in the cluster`);
    if (seen instanceof Error) {
      if (!isLost(seen)) throw isNotFound(seen) ? new PluginError(Exit.failed, `${awaited.title} was deleted`) : seen;
      lostAt ??= now;
      terminal.live(`${awaited.title}: no answer from the API server for ${readableSeconds(Math.round((pace.now() - lostAt) / 1000))}; it goes on without us, and we ask again`, 'lost');
    } else {
      lostAt = undefined;
      const stand = awaited.stand(seen, { now, since });
      if (stand.end !== undefined) return { seen, stand };
      terminal.live(stand.text, stand.step);
    }
    if (pace.now() - since >= timeoutMs) throw new PluginError(Exit.timeout, `${awaited.title} has not ended within ${readableSeconds(timeoutMs / 1000)}. It goes on in the cluster`);
    await pace.pause(LOOK_MS, signal);
  }
}
