// One bucket and the keys below one prefix: every request is repeated here after errors that may pass, and only those.
import type { S3Client } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import { codeOf, type RunError } from '../errors.ts';
import type { Run } from '../environment.ts';
import { safeParts } from '../storage/safe-path.ts';
import { makeClient, readSettings } from './client.ts';
import { isTransient, nameOf, s3Error, statusOf } from './s3-error.ts';

/** Where in a store a backup is. */
export interface S3Place {
  readonly location: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** A request to the store; the signal breaks it off. */
export type Request<T> = (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

/** The store as one run sees it. */
export interface Store {
  readonly place: S3Place;
  readonly run: Run;
  /** The bucket and key of a file. */
  object(name: string): { readonly Bucket: string; readonly Key: string };
  /** Sends a request. Errors come out as the client throws them. */
  send<T>(what: string, request: Request<T>, signal?: AbortSignal): Promise<T>;
  /** The RunError for an error of a request about a file. */
  error(error: unknown, name?: string): RunError;
}

/** Opens the place; sends nothing yet. */
export async function openStore(place: S3Place, run: Run): Promise<Store> {
  // A store that keeps its objects in folders must not be led out of them.
  safeParts(place.prefix);
  const client = makeClient(await readSettings(run.environment.credentialsFolder));
  return {
    place,
    run,
    object: (name) => ({ Bucket: place.bucket, Key: `${place.prefix}/${name}` }),
    send: (what, request, signal = run.signal) => sendPatiently({ what, run, signal }, () => request(client, { abortSignal: signal })),
    error: (error, name) => s3Error(error, name === undefined ? place.location : `${place.location}/${name}`),
  };
}

interface Sending {
  readonly what: string;
  readonly run: Run;
  readonly signal: AbortSignal;
}

function sendPatiently<T>({ what, run, signal }: Sending, request: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return pRetry(request, {
    retries: run.environment.storageRetries,
    minTimeout: 200,
    factor: 2,
    maxTimeout: 20_000,
    // Parts that fail together must not come back together.
    randomize: true,
    signal,
    shouldRetry: ({ error }) => !signal.aborted && isTransient(error),
    onFailedAttempt: ({ error, attemptNumber }) => run.log('request failed', { request: what, attempt: attemptNumber, error: codeOf(error) ?? nameOf(error), status: statusOf(error) }),
  });
}
