// What clients notice of a swap.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { codeOf } from '../src/errors.ts';

/** What one client saw. */
export interface Seen {
  readonly answers: number;
  /** Milliseconds between two answers in a row, at most. */
  readonly longestGap: number;
  /** SQLSTATEs and errnos, one for each failure. */
  readonly errors: string[];
}

/** What a swap may do to clients: they are ended by us; gone while connecting, because the name had just changed; or cut off, which has several names. */
export const ERRORS_OF_A_SWAP: readonly string[] = ['57P01', '3D000', 'broken', 'ECONNRESET', 'EPIPE'];

/** A client at work. */
export interface Watching {
  stop(): Promise<Seen>;
}

/** What a client does again and again; it throws when the answer is not right. */
export type Ask = (client: Client) => Promise<unknown>;

const readItems: Ask = (client) => client.query('select id from item');

/** A client that connects anew for each question. */
export function clientEvery(milliseconds: number, connect: () => Promise<Client>, ask = readItems): Watching {
  return watch(milliseconds, async () => {
    const client = await connect();
    await ask(client).finally(() => client.end().catch(() => undefined));
  });
}

/** A client that keeps its connection, and makes a new one when it breaks. */
export async function sessionsBehind(milliseconds: number, connect: () => Promise<Client>, ask = readItems): Promise<Watching> {
  let client: Client | undefined = await connect();
  const watching = watch(milliseconds, async () => {
    try {
      client ??= await connect();
      await ask(client);
    } catch (error) {
      client?.end().catch(() => undefined);
      client = undefined;
      throw error;
    }
  });
  return {
    stop: async () => {
      const seen = await watching.stop();
      await client?.end();
      return seen;
    },
  };
}

function watch(milliseconds: number, ask: () => Promise<void>): Watching {
  const stop = new AbortController();
  const seen = { answers: 0, longestGap: 0, errors: [] as string[] };
  const loop = async (): Promise<void> => {
    let last = performance.now();
    while (!stop.signal.aborted) {
      try {
        await ask();
        seen.answers += 1;
        seen.longestGap = Math.max(seen.longestGap, Math.round(performance.now() - last));
        last = performance.now();
      } catch (error) {
        seen.errors.push(codeOf(error) ?? 'broken');
      }
      await sleep(milliseconds);
    }
  };
  const done = loop();
  return {
    stop: async () => {
      stop.abort();
      await done;
      return seen;
    },
  };
}
