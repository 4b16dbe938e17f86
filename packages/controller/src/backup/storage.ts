// Where a Backup is stored, and whose keys open that place. Pure.
import { childNames, parseLocation, shortUid, type Backup, type StorageFolder } from '@postgres-operator/api';
import type { Config } from '../config.ts';

/** What the installation says of Backups that leave it open. */
export type StorageDefaults = Pick<Config, 'defaultStorageLocation' | 'defaultCredentialsSecret'>;

/** The folder that a Backup is stored in: <location>/<namespace>/<database>/<backup>-<uid8>. */
export function backupFolder({ metadata, spec }: Backup, defaults: StorageDefaults): StorageFolder {
  const root = parseLocation(spec.storageLocation || defaults.defaultStorageLocation);
  const { type, name, path } = root ?? { type: 'claim', name: childNames(spec.databaseRef.name).backupClaim, path: '' };
  const own = [metadata.namespace, spec.databaseRef.name, `${metadata.name}-${shortUid(metadata.uid)}`];
  return { type, name, path: [path, ...own].filter((part) => part !== '').join('/') };
}

/** The folder that a Backup was stored in; undefined when its status names none. */
export const storedFolder = ({ status }: Backup): StorageFolder | undefined => parseLocation(status?.backupLocation ?? '');

/** True when neither the Backup nor the installation says where, so that the operator makes a claim. */
export const usesOwnClaim = ({ spec }: Backup, { defaultStorageLocation }: StorageDefaults): boolean => (spec.storageLocation || defaultStorageLocation) === '';

/**
 * The Secret, in the Backup's namespace, with the keys for a folder of it; undefined for a claim, and for the identity that a
 * cloud gives the pod. The installation's Secret is for the installation's location only: its keys are not shown to a bucket
 * that a user named. Restores ask the same, so a Secret of another name is told to them by editing the Backup.
 */
export function credentialsSecret({ spec }: Backup, { type }: StorageFolder, { defaultCredentialsSecret }: StorageDefaults): string | undefined {
  if (type !== 's3') return undefined;
  return spec.credentialsRef?.name ?? ((!spec.storageLocation && defaultCredentialsSecret) || undefined);
}
