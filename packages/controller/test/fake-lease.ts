import type { LeaseRecord } from '../src/runtime/lease.ts';
import type { LeaseLock } from '../src/runtime/leader-election.ts';

type Request = 'read' | 'create' | 'update';

/** A lease on a server that tests own: who reads it, writes it, and when it does not answer. */
export class FakeLease {
  record: LeaseRecord | undefined;
  #version = 0;
  /** Requests that were answered. */
  readonly requests: Request[] = [];

  /** Changes the lease as another process would. */
  write(record: LeaseRecord | undefined): void {
    this.record = record;
    this.#version += 1;
  }

  /** One candidate's way to it. */
  lock(): LeaseLock & { reachable: boolean } {
    let seen: number | undefined;
    const way = {
      reachable: true,
      read: (signal: AbortSignal) =>
        this.#answer(way, 'read', signal, () => {
          seen = this.record === undefined ? undefined : this.#version;
          return this.record;
        }),
      create: (record: LeaseRecord, signal: AbortSignal) =>
        this.#answer(way, 'create', signal, () => {
          if (this.record !== undefined) throw new Error('already exists');
          this.write(record);
          seen = this.#version;
        }),
      update: (record: LeaseRecord, signal: AbortSignal) =>
        this.#answer(way, 'update', signal, () => {
          if (this.record === undefined || seen !== this.#version) throw new Error('conflict');
          this.write(record);
          seen = this.#version;
        }),
    };
    return way;
  }

  /** Without a way there, only giving up ends a request. */
  async #answer<T>(way: { reachable: boolean }, request: Request, signal: AbortSignal, act: () => T): Promise<T> {
    if (!way.reachable) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    signal.throwIfAborted();
    this.requests.push(request);
    return act();
  }
}
