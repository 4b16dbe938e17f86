import { parseRunRequest, RUN_REQUEST_VARIABLE, type Restore, type RestoreRequest, type RestoreSpec } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aRestore, COMPLETED_BACKUP, CONFIG } from '../../test/fixtures.ts';
import { podSpecOf, secretKeys } from '../../test/manifest.ts';
import { ofBackup } from '../../test/run-world.ts';
import type { Writable } from '../kube/client.ts';
import { desiredRestoreJob, type RestoreInput } from './desired-restore.ts';
import type { RestoreSource } from './source.ts';

const backup = aBackup({ status: { ...COMPLETED_BACKUP, plainBytes: 1000 } });
const MI = 1024 ** 2;

function jobOf(spec: Partial<RestoreSpec> = {}, more: Partial<RestoreInput> = {}): Writable {
  const job = desiredRestoreJob(aRestore({ spec }), { database: aDatabase(), source: ofBackup(backup), config: CONFIG, ...more });
  if (job === undefined) throw new Error('no Job');
  return job;
}

const requestOf = (job: Writable): RestoreRequest => parseRunRequest(podSpecOf(job).containers[0]?.env?.find(({ name }) => name === RUN_REQUEST_VARIABLE)?.value) as RestoreRequest;
const location = (place: string, secret?: string): RestoreSource => ({ from: 'location', location: place, secret });
const previous = (restore: Restore | undefined): RestoreSource => ({ from: 'previous', name: 'undo', restore });

describe('what a Restore asks for reaches its runner', () => {
  test.each<{ spec: Partial<RestoreSpec>; says: Partial<RestoreRequest> }>([
    { spec: {}, says: { keepPreviousSeconds: 86_400, volumeBytes: 1024 * MI } },
    { spec: { keepPrevious: '0s' }, says: { keepPreviousSeconds: 0 } },
    { spec: { keepPrevious: '1500ms' }, says: { keepPreviousSeconds: 2 } },
    { spec: { keepPrevious: '99999999999999h' }, says: { keepPreviousSeconds: 315_360_000 } },
    { spec: { mode: 'Replace' }, says: { mode: 'replace' } },
    { spec: { targetDatabaseName: 'look', selection: { tables: ['t'] } }, says: { targetDatabase: 'look', selection: { tables: ['t'] } } },
    { spec: { onlyIfEmpty: true }, says: { onlyIfEmpty: true } },
    { spec: { preserveOwners: true }, says: { preserveOwners: true } },
    { spec: { jobs: 4 }, says: { jobs: 4 } },
  ])('$spec', ({ spec, says }) => {
    expect(requestOf(jobOf(spec))).toMatchObject(says);
  });

  test('and what it does not ask for is left out', () => {
    const request = requestOf(jobOf());
    for (const field of ['targetDatabase', 'selection', 'mode', 'onlyIfEmpty', 'preserveOwners', 'allowedExtensions']) expect(request).not.toHaveProperty(field);
    for (const spec of [{ mode: 'Replace' }, { targetDatabaseName: 'look' }] as const) expect(requestOf(jobOf(spec))).not.toHaveProperty('keepPreviousSeconds');
  });
});

test('the runner knows every standby, where sessions on the replaced database have to be ended', () => {
  const standbys = (replicas: number): RestoreRequest['standbys'] => requestOf(jobOf({}, { database: aDatabase({ spec: { replicas } }) })).standbys;
  expect(standbys(1)).toBeUndefined();
  expect(standbys(3)).toEqual([
    { host: 'orders-1.orders-headless.shop.svc', port: 5432 },
    { host: 'orders-2.orders-headless.shop.svc', port: 5432 },
  ]);
});

test('which extensions a superuser creates is the word of the installation', () => {
  expect(requestOf(jobOf({}, { config: { ...CONFIG, allowedExtensions: ['postgis', 'uuid-ossp'] } }))).toMatchObject({ allowedExtensions: ['postgis', 'uuid-ossp'] });
});

describe('a folder without a Backup', () => {
  test('of a claim is mounted to be read, and vouches for itself', () => {
    const job = jobOf({}, { source: location('pvc://archive/shop/orders/old') });
    expect(podSpecOf(job).volumes).toContainEqual({ name: 'storage', persistentVolumeClaim: { claimName: 'archive', readOnly: true } });
    expect(requestOf(job).source).toEqual({ type: 'claim', location: 'pvc://archive/shop/orders/old', path: 'shop/orders/old' });
  });

  test('of a bucket is opened with the keys that the Restore names', () => {
    const job = jobOf({}, { source: location('s3://shop-backups/old', 'keys') });
    expect(requestOf(job).source).toEqual({ type: 's3', location: 's3://shop-backups/old', bucket: 'shop-backups', prefix: 'old' });
    expect(secretKeys(podSpecOf(job))).toContain('keys/AWS_ACCESS_KEY_ID');
  });

  test('is never opened with the keys of the installation', () => {
    const config = { ...CONFIG, defaultStorageLocation: 's3://shop-backups', defaultCredentialsSecret: 'installation-keys' };
    expect(JSON.stringify(jobOf({}, { source: location('s3://shop-backups/old'), config }))).not.toContain('installation-keys');
  });
});

describe('going back', () => {
  test('names the Restore that replaced the database, and mounts no storage', () => {
    const job = jobOf({}, { source: previous(aRestore()) });
    expect(requestOf(job).source).toEqual({ type: 'previous', location: 'previous:undo', restoreUid: aRestore().metadata.uid });
    expect(podSpecOf(job).volumes?.map(({ name }) => name)).toEqual(['credentials', 'scratch', 'tmp']);
  });

  test('needs that Restore', () => {
    expect(desiredRestoreJob(aRestore(), { database: aDatabase(), source: previous(undefined), config: CONFIG })).toBeUndefined();
  });
});
