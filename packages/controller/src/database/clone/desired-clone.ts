// The Restore that fills a new Database. Pure.
import { controllerReference, MAX_NAME_LENGTH, shortUid, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { childLabels } from '../children/metadata.ts';

const SUFFIX = '-clone';

/** Its name: <database>-clone; for the longest names, the beginning of the name and of the UID. */
export function cloneName({ metadata: { name, uid } }: Database): string {
  if (name.length + SUFFIX.length <= MAX_NAME_LENGTH) return name + SUFFIX;
  const end = `-${shortUid(uid)}${SUFFIX}`;
  return name.slice(0, MAX_NAME_LENGTH - end.length) + end;
}

/**
 * The Restore. It keeps what it replaces, as every Restore does: whoever wrote into the new database before its content came
 * finds that there. A volume from before, which may hold the only copy of something, is not touched unless it is empty.
 */
export function desiredClone(database: Database, { backup, ofBefore }: { readonly backup: string; readonly ofBefore: boolean }): Writable {
  const { apiVersion, metadata } = database;
  const { name, namespace } = metadata;
  return {
    apiVersion,
    kind: 'Restore',
    metadata: { name: cloneName(database), namespace, labels: childLabels(name), ownerReferences: [controllerReference(database)] },
    spec: { databaseRef: { name }, backupRef: { name: backup }, ...(ofBefore && { onlyIfEmpty: true }) },
  } as Writable;
}
