// The request and the Job of a Restore. Pure.
import { parseDuration, placeOf, quantityValue, type Database, type Restore, type RestoreRequest } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { attemptOf, desiredJob, identitiesOf, type JobStorage } from '../run/desired-job.ts';
import { requestHead, serverOf, standbysOf } from '../run/server.ts';
import { folderOf, secretOf, type RestoreSource } from './source.ts';

/** What a Restore starts with. */
export interface RestoreInput {
  readonly database: Database;
  readonly source: RestoreSource;
  readonly config: Config;
}

/** The Job that restores; undefined when there is nothing that it could read. */
export function desiredRestoreJob(restore: Restore, input: RestoreInput): Writable | undefined {
  const { database, source, config } = input;
  const from = requestedSource(source);
  if (from === undefined) return undefined;
  const request: RestoreRequest = {
    ...requestHead(restore, config),
    command: 'restore',
    server: serverOf(database),
    source: from,
    attempt: attemptOf(restore),
    ...optionsOf(restore),
    ...(config.allowedExtensions.length > 0 && { allowedExtensions: [...config.allowedExtensions] }),
    ...volumeOf(database),
    ...(database.spec.replicas > 1 && { standbys: standbysOf(database).map(({ host, port }) => ({ host, port })) }),
  };
  const { superuser, owner } = identitiesOf(database.metadata.name);
  const storage = storageOf(source, config);
  return desiredJob({ owner: restore, request, identities: [superuser, owner], ...(storage && { storage }), config });
}

function requestedSource(source: RestoreSource): RestoreRequest['source'] | undefined {
  if (source.from === 'previous') return source.restore && { type: 'previous', location: `previous:${source.name}`, restoreUid: source.restore.metadata.uid };
  const folder = folderOf(source);
  if (folder === undefined) return undefined;
  if (source.from === 'location') return placeOf(folder);
  // What a Backup was completed with is what is restored: without its digest the files could be any.
  const manifestSha256 = source.backup?.status?.manifestSha256;
  return manifestSha256 === undefined ? undefined : { ...placeOf(folder), manifestSha256 };
}

function storageOf(source: RestoreSource, config: Config): JobStorage | undefined {
  const folder = folderOf(source);
  return folder && { folder, readOnly: true, secret: secretOf(source, config) };
}

/** Ten years: a time that far away can still be written down. */
const LONGEST_KEEP_SECONDS = 315_360_000;

/** Whole seconds that a replaced database is kept; undefined where none is left to keep. */
export function keepSeconds({ spec }: Restore): number | undefined {
  if (spec.targetDatabaseName !== undefined || spec.mode === 'Replace') return undefined;
  return Math.min(Math.ceil((parseDuration(spec.keepPrevious) ?? 0) / 1000), LONGEST_KEEP_SECONDS);
}

function optionsOf(restore: Restore): Partial<RestoreRequest> {
  const { targetDatabaseName, selection, mode, onlyIfEmpty, preserveOwners, jobs } = restore.spec;
  const keepPreviousSeconds = keepSeconds(restore);
  return {
    ...(targetDatabaseName !== undefined && { targetDatabase: targetDatabaseName }),
    ...(selection && { selection }),
    ...(mode === 'Replace' && { mode: 'replace' }),
    ...(keepPreviousSeconds !== undefined && { keepPreviousSeconds }),
    ...(onlyIfEmpty && { onlyIfEmpty }),
    ...(preserveOwners && { preserveOwners }),
    jobs,
  };
}

function volumeOf({ spec }: Database): Pick<RestoreRequest, 'volumeBytes'> {
  const volumeBytes = Math.floor(quantityValue(spec.storage.size) ?? 0);
  return volumeBytes >= 1 ? { volumeBytes } : {};
}
