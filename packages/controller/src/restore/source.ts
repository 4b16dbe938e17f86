// What a Restore restores, as its spec asks for it and the caches have it.
import { isScheduled, parseLocation, type Backup, type Restore, type StorageFolder } from '@postgres-operator/api';
import { credentialsSecret, storedFolder } from '../backup/storage.ts';
import type { Config } from '../config.ts';
import { bornBefore, candidates, newest } from './candidates.ts';

/** A Backup that is named, or chosen among several by time. */
export interface BackupSource {
  readonly from: 'backup';
  readonly name: string;
  /** The Backup of that name. */
  readonly named: Backup | undefined;
  /** The one to restore: undefined while there is none that will do. */
  readonly backup: Backup | undefined;
  /** With `before`, or a schedule: the Completed Backups of the same Database, to choose another one from. */
  readonly others: readonly Backup[];
}

/** A folder without a Backup. */
export interface LocationSource {
  readonly from: 'location';
  readonly location: string;
  readonly secret: string | undefined;
}

/** What another Restore replaced. */
export interface PreviousSource {
  readonly from: 'previous';
  readonly name: string;
  readonly restore: Restore | undefined;
}

export type RestoreSource = BackupSource | LocationSource | PreviousSource;

/** Where Backups and Restores are looked up, by namespace/name. */
export interface Runs {
  readonly backups: { get(key: string): Backup | undefined; list(): readonly Backup[] };
  readonly restores: { get(key: string): Restore | undefined };
}

/** Reads the caches. */
export function observeSource({ backups, restores }: Runs, { metadata, spec }: Restore): RestoreSource {
  const { backupRef, before, source } = spec;
  const key = (name: string): string => `${metadata.namespace}/${name}`;
  if (source?.previousOf !== undefined) return { from: 'previous', name: source.previousOf, restore: restores.get(key(source.previousOf)) };
  if (backupRef === undefined) return { from: 'location', location: source?.location ?? '', secret: source?.credentialsRef?.name };
  const named = backups.get(key(backupRef.name));
  // Looking through all Backups is for those who name a time, or a schedule.
  if (named === undefined || (before === undefined && !isScheduled(named.spec))) return { from: 'backup', name: backupRef.name, named, backup: named, others: [] };
  const all = backups.list().filter((backup) => backup.metadata.namespace === metadata.namespace && !isScheduled(backup.spec));
  const others = all.filter((backup) => backup.spec.databaseRef.name === named.spec.databaseRef.name);
  return { from: 'backup', name: backupRef.name, named, backup: newest(bornBefore(candidates(named, all), before)), others: bornBefore(others) };
}

/** The folder to read; undefined for what is no folder, or none that this version can read. */
export function folderOf(source: RestoreSource): StorageFolder | undefined {
  if (source.from === 'location') return parseLocation(source.location);
  return source.from === 'backup' && source.backup !== undefined ? storedFolder(source.backup) : undefined;
}

/** The Secret with the keys for that folder, if it takes one. */
export function secretOf(source: RestoreSource, config: Config): string | undefined {
  const folder = folderOf(source);
  if (folder?.type !== 's3') return undefined;
  if (source.from === 'location') return source.secret;
  return source.from === 'backup' && source.backup !== undefined ? credentialsSecret(source.backup, folder, config) : undefined;
}
