// What a Backup needs to run: its claim, its request, its Job. Pure.
import { childNames, shortUid, type Backup, type Database, type DumpRequest } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { childLabels } from '../database/desired-children.ts';
import { desiredJob, identitiesOf } from '../run/desired-job.ts';
import { serverOf } from '../run/server.ts';
import { formatClaimLocation, parseClaimLocation, type ClaimFolder } from '../run/location.ts';

/** The folder that a Backup is stored in: <location>/<namespace>/<database>/<backup>-<uid8>. */
export function backupFolder({ metadata, spec }: Backup): ClaimFolder {
  const root = spec.storageLocation ? parseClaimLocation(spec.storageLocation) : undefined;
  const { claim, path } = root ?? { claim: childNames(spec.databaseRef.name).backupClaim, path: '' };
  const own = [metadata.namespace, spec.databaseRef.name, `${metadata.name}-${shortUid(metadata.uid)}`];
  return { claim, path: [path, ...own].filter((part) => part !== '').join('/') };
}

/** The claim for backups whose location the user left open. It has no owner: backups outlive their Database. */
export function desiredBackupClaim({ metadata, spec }: Database): Writable {
  const { size, storageClass } = spec.storage;
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: childNames(metadata.name).backupClaim, namespace: metadata.namespace, labels: childLabels(metadata.name) },
    spec: { accessModes: ['ReadWriteOnce'], ...(storageClass && { storageClassName: storageClass }), resources: { requests: { storage: size } } },
  };
  return claim;
}

/** The Job that dumps. */
export function desiredBackupJob(backup: Backup, database: Database, config: Config): Writable {
  const { name, namespace, uid } = backup.metadata;
  const folder = backupFolder(backup);
  const request: DumpRequest = {
    v: 1,
    command: 'dump',
    object: { kind: backup.kind, namespace, name, uid },
    server: serverOf(database),
    destination: { location: formatClaimLocation(folder), path: folder.path },
    operatorVersion: config.operatorVersion,
  };
  return desiredJob({ owner: backup, request, identities: [identitiesOf(database.metadata.name).backup], claim: { name: folder.claim, readOnly: false }, config });
}
