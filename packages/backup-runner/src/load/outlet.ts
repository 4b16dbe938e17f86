// Writing where it may take a while until there is room.
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Waits until one of these has room, and returns it. @throws whatever ends one of them, and when the signal aborts. */
export async function withRoom(outlets: readonly Writable[], signal: AbortSignal): Promise<Writable> {
  for (;;) {
    const gone = outlets.find(({ destroyed }) => destroyed);
    if (gone !== undefined) throw gone.errored ?? closed();
    const free = outlets.find(({ writableNeedDrain }) => !writableNeedDrain);
    if (free !== undefined) return free;
    await change(outlets, signal);
  }
}

async function change(outlets: readonly Writable[], stop: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  try {
    await Promise.race(outlets.flatMap((outlet) => [once(outlet, 'drain', { signal }), once(outlet, 'close', { signal })]));
  } finally {
    over.abort();
  }
}

const closed = (): Error => Object.assign(new Error('it takes no more'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
