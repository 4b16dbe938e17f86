// One file of a backup on stdout, for kubectl db download. There is no request and no result: whoever runs it sees how it ends.
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExitCode, parseLocation, placeOf, type ReadCommand } from '@postgres-operator/api';
import type { Environment } from './environment.ts';
import { failedResult, RunError } from './errors.ts';
import { jsonLog } from './log.ts';
import { exitCodeOf } from './result-file.ts';
import { openSource } from './storage/open.ts';

/** Where the bytes go, and the words. */
export interface ReadOutput {
  readonly bytes: Writable;
  readonly words: Writable;
}

/** A name, never a path. */
const PLAIN_NAME = /^[a-z0-9][a-z0-9.]*$/;

/** Writes the file, and returns the exit code of the process. */
export async function readFile({ location, file, from }: ReadCommand, environment: Environment, { bytes, words }: ReadOutput): Promise<number> {
  const { signal } = new AbortController();
  const log = jsonLog((line) => words.write(line));
  try {
    const place = parseLocation(location);
    if (place === undefined || !PLAIN_NAME.test(file)) throw new RunError('InvalidRequest', `${location} and ${file} do not name a file of a backup`);
    const source = await openSource(placeOf(place), { environment, signal, log, debug: () => undefined });
    await pipeline(await source.open({ name: file }, from), bytes);
    return ExitCode.succeeded;
  } catch (error) {
    const failed = failedResult(error, false, 'StorageFailed');
    words.write(`${failed.reason}: ${failed.message}\n`);
    return exitCodeOf(failed);
  }
}
