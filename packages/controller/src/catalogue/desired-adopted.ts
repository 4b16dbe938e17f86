// The Backup that stands for a stored one. Pure.
import { API_VERSION, BACKUP_FOLDER_END, LABEL_ADOPTED, LABEL_DATABASE, LABEL_MANAGED_BY, MANAGED_BY, MAX_NAME_LENGTH, type Backup, type CatalogueSucceeded } from '@postgres-operator/api';
import type { Writable } from '../kube/client.ts';

/** The name of its folder, by which it is found again; where that is too long the end of the Backup's own name is left out. */
export const adoptedName = (folder: string): string => (folder.length <= MAX_NAME_LENGTH ? folder : `${folder.slice(0, MAX_NAME_LENGTH - BACKUP_FOLDER_END)}${folder.slice(-BACKUP_FOLDER_END)}`);

/** It has no owner: it is there as long as the data. Restores read it with the keys of the schedule. */
export function desiredAdopted({ metadata, spec }: Backup, { folder, ...facts }: CatalogueSucceeded['backups'][number]): Writable {
  const { databaseRef, storageLocation, credentialsRef, jobTemplate } = spec;
  const adopted = {
    apiVersion: API_VERSION,
    kind: 'Backup',
    metadata: {
      name: adoptedName(folder),
      namespace: metadata.namespace,
      labels: { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_DATABASE]: databaseRef.name, [LABEL_ADOPTED]: metadata.name },
    },
    spec: {
      databaseRef,
      ...(storageLocation !== undefined && { storageLocation }),
      ...(credentialsRef && { credentialsRef }),
      ...(jobTemplate && { jobTemplate }),
      // Which one is in the manifest alone; that there is one keeps it from taking the place of a whole database.
      ...(facts.partial === true && { selection: {} }),
      adopted: { path: `${metadata.namespace}/${databaseRef.name}/${folder}`, ...facts },
    },
  };
  return adopted;
}
