/** How a reconcile ended when it did not throw. */
export type Outcome = { readonly done: true } | { readonly done: false; readonly requeueAfterMs: number };

/** Nothing more to do until something changes. */
export const done = (): Outcome => ({ done: true });

/** Look again after a while, even if nothing changes. */
export const after = (ms: number): Outcome => ({ done: false, requeueAfterMs: ms });

/** An error that retrying cannot mend: it is logged and counted, and the key rests until something changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** One pass over one key. Throws to be retried with back-off. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>;

/** One reconcile after the other; the key comes back when the first of them wants it. */
export const inTurn = (first: Reconcile, second: Reconcile): Reconcile => async (key, signal) => sooner(await first(key, signal), await second(key, signal));

function sooner(one: Outcome, other: Outcome): Outcome {
  if (one.done || other.done) return one.done ? other : one;
  return after(Math.min(one.requeueAfterMs, other.requeueAfterMs));
}
