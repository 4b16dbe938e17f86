// Reads from a standby where that is wished and possible, and otherwise from the primary. Whatever a standby could not give, the
// primary is asked for in the same run.
import type { DumpRequest, DumpSucceeded, RunFailureReason } from '@postgres-operator/api';
import { DatabaseError } from 'pg';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import type { Target } from '../postgres/connect.ts';
import { findStandby } from '../postgres/standby.ts';
import { shorten } from '../shorten.ts';

/** Where it was read, as the result says it. */
export type Source = Required<Pick<DumpSucceeded, 'source'>> & Pick<DumpSucceeded, 'sourceNote'>;

interface Reading<T> {
  readonly request: DumpRequest;
  readonly run: Run;
  readonly primary: Target;
  /** Reads everything from one server. */
  readonly read: (target: Target) => Promise<T>;
  /** Forgets what was read and stored so far. */
  readonly startOver: () => Promise<void>;
}

const MAX_NOTE = 256;
// The primary may do better. It cannot where the storage is to blame.
const OF_THE_SERVER: ReadonlySet<RunFailureReason> = new Set(['ServerUnreachable', 'AuthenticationFailed', 'DatabaseMissing', 'DumpFailed', 'DumpStalled', 'LockTimeout']);

/** Reads, and says where. */
export async function readFromBest<T>(reading: Reading<T>): Promise<{ readonly value: T; readonly source: Source }> {
  const { request, run, primary, read } = reading;
  if (request.standby === undefined) return { value: await read(primary), source: { source: 'Primary' } };
  const found = await fromStandby(reading, request.standby);
  if ('value' in found) return { value: found.value, source: { source: 'Standby' } };
  run.log('reading from the primary', { why: found.why });
  return { value: await read(primary), source: { source: 'Primary', sourceNote: shorten(found.why, MAX_NOTE) } };
}

async function fromStandby<T>({ run, primary, read, startOver }: Reading<T>, standby: NonNullable<DumpRequest['standby']>): Promise<{ readonly value: T } | { readonly why: string }> {
  const choice = await findStandby(run, primary, standby);
  if ('why' in choice) return choice;
  run.log('reading from a standby', { host: choice.target.host });
  try {
    return { value: await read(choice.target) };
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isOfTheServer(error)) throw error;
    await startOver();
    return { why: whyOf(error) };
  }
}

const isOfTheServer = (error: unknown): boolean => error instanceof DatabaseError || (error instanceof RunError && OF_THE_SERVER.has(error.reason));

function whyOf(error: unknown): string {
  const message = messageOf(error);
  return /conflict with recovery/.test(message) ? 'recovery of the standby cancelled the dump' : message;
}
