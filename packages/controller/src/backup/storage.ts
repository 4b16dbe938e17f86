// Where a Backup is stored, and whose keys open that place. Pure.
import { childNames, nameOfBackupFolder, parseLocation, type Adopted, type Backup, type StorageFolder } from '@postgres-operator/api';
import type { Config } from '../config.ts';

/** What the installation says of Backups that leave it open. */
export type StorageDefaults = Pick<Config, 'defaultStorageLocation' | 'defaultCredentialsSecret'>;

/** The folder that a Backup is stored in: <location>/<namespace>/<database>/<backup>-<uid8>. */
export const backupFolder = (backup: Backup, defaults: StorageDefaults): StorageFolder => below(databaseFolder(backup, defaults), folderName(backup));

/** The folder that holds those of all backups of the same Database. */
export const databaseFolder = (backup: Backup, defaults: StorageDefaults): StorageFolder => below(rootOf(backup, defaults), `${backup.metadata.namespace}/${backup.spec.databaseRef.name}`);

/** The folder of a backup that a scan found. */
export const adoptedFolder = (backup: Backup, { path }: Adopted, defaults: StorageDefaults): StorageFolder => below(rootOf(backup, defaults), path);

/** The last part of the folder of a Backup, which no other one has. */
export const folderName = ({ metadata, spec }: Backup): string => spec.adopted?.path.split('/').at(-1) ?? nameOfBackupFolder(metadata);

const rootOf = ({ spec }: Backup, { defaultStorageLocation }: StorageDefaults): StorageFolder =>
  parseLocation(spec.storageLocation || defaultStorageLocation) ?? { type: 'claim', name: childNames(spec.databaseRef.name).backupClaim, path: '' };

const below = ({ type, name, path }: StorageFolder, more: string): StorageFolder => ({ type, name, path: path === '' ? more : `${path}/${more}` });

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
