// Bytes over a line that may break, as often as it likes while something comes in between.
import { readableBytes } from '@postgres-operator/api';
import type { Context } from '../command.ts';
import { Exit, PluginError } from '../exit.ts';

/** So often a line breaks, without a byte in between, before the command gives up: after a minute and a half. */
const MOST_BREAKS = 8;
/** Pause after the first break; it doubles. */
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** What is read. */
export interface Reading {
  readonly name: string;
  /** How long it is. */
  readonly bytes: number;
  /** How much of it is there. */
  had(): number;
  /** The rest, without so many bytes at the beginning. @throws PluginError with `Exit.cluster` when the line breaks */
  from(bytes: number): AsyncIterable<Buffer>;
}

type Line = Pick<Context, 'terminal' | 'pace' | 'signal'>;

/** The bytes that are missing. A line that ends early without a word has broken too. @throws PluginError when nothing comes any more */
export async function* unbroken(line: Line, { name, bytes, had, from }: Reading): AsyncGenerator<Buffer> {
  let breaks = 0;
  while (had() < bytes) {
    const before = had();
    let why = 'the line ended';
    try {
      yield* from(before);
      if (had() >= bytes) return;
    } catch (error) {
      why = wordsOfBreak(error);
    }
    breaks = had() > before ? 1 : breaks + 1;
    await beforeNext(line, { breaks, why: `${name}: ${readableBytes(had())} of ${readableBytes(bytes)} came: ${why}` });
  }
}

/** A short text that is read anew after each break, until it comes whole. */
export async function wholeText(line: Line, read: () => AsyncIterable<Buffer>): Promise<string> {
  for (let breaks = 1; ; breaks += 1) {
    try {
      const parts: Buffer[] = [];
      for await (const chunk of read()) parts.push(chunk);
      return Buffer.concat(parts).toString('utf8');
    } catch (error) {
      await beforeNext(line, { breaks, why: wordsOfBreak(error) });
    }
  }
}

/** @throws the error when no other try can help */
function wordsOfBreak(error: unknown): string {
  if (error instanceof PluginError && error.code === Exit.cluster) return error.message;
  throw error;
}

async function beforeNext({ terminal, pace, signal }: Line, { breaks, why }: { readonly breaks: number; readonly why: string }): Promise<void> {
  if (breaks === MOST_BREAKS) throw new PluginError(Exit.cluster, why);
  terminal.note(`${why}; asking again`);
  await pace.pause(Math.min(PAUSE_MS * 2 ** (breaks - 1), LONGEST_PAUSE_MS), signal);
  if (signal.aborted) throw new PluginError(Exit.interrupted, 'Interrupted');
}
