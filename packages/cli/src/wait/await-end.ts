// What every command does that has started something: tell of it, or wait for its end.
import type { Context, Input } from '../command.ts';
import { Exit } from '../exit.ts';
import { follow, timeoutOf, type Awaited } from './follow.ts';

/** Something that was started. */
export interface Started<T> extends Awaited<T> {
  /** As it was when it was started. */
  readonly object: T;
  /** What is told of it when it is not waited for. */
  readonly told: string;
}

/** Tells of it, and with --wait waits for its end; the exit code says how it ended. */
export async function awaitEnd<T>(context: Context, input: Input, started: Started<T>): Promise<Exit> {
  const { terminal } = context;
  const isData = input.text('output') === 'json';
  const timeoutMs = timeoutOf(input);
  if (!input.flag('wait')) {
    terminal.out(isData ? JSON.stringify(started.object, undefined, 2) : started.told);
    return Exit.ok;
  }
  terminal.note(started.told);
  const { seen, stand } = await follow(context, started, timeoutMs);
  if (isData) terminal.note(stand.text);
  terminal.out(isData ? JSON.stringify(seen, undefined, 2) : stand.text);
  return stand.end === 'well' ? Exit.ok : Exit.failed;
}
