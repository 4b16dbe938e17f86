import { parseRunRequest, RUN_REQUEST_VARIABLE, type RunRequest } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aRestore, COMPLETED_BACKUP, CONFIG } from '../../test/fixtures.ts';
import { expectGolden, hardeningGaps, podSpecOf, restrictedViolations, secretKeys, visibleTo } from '../../test/manifest.ts';
import { desiredBackupClaim, desiredBackupJob } from '../backup/desired-run.ts';
import type { Writable } from '../kube/client.ts';
import { desiredRestoreJob } from '../restore/kind.ts';
import { jobName } from './desired-job.ts';

const database = aDatabase();
const backup = aBackup({ status: COMPLETED_BACKUP });

function restoreJob(from = backup): Writable {
  const job = desiredRestoreJob(aRestore(), { database, backup: from, config: CONFIG });
  if (job === undefined) throw new Error('no Job');
  return job;
}

const variableOf = (job: Writable): string | undefined => podSpecOf(job).containers[0]?.env?.find(({ name }) => name === RUN_REQUEST_VARIABLE)?.value;
const requestOf = (job: Writable): RunRequest => parseRunRequest(variableOf(job));

describe('the objects of a run are those of the golden manifests', () => {
  test.each([
    { name: 'backup-job', object: desiredBackupJob(aBackup(), database, CONFIG) },
    { name: 'backup-claim', object: desiredBackupClaim(aDatabase({ spec: { storage: { size: '5Gi', storageClass: 'fast' } } })) },
    { name: 'restore-job', object: restoreJob() },
  ])('$name', async ({ name, object }) => {
    await expectGolden(object, name);
  });
});

describe.each([
  { what: 'a Backup', job: desiredBackupJob(aBackup(), database, CONFIG), secrets: ['orders-internal/backup-password', 'orders-internal/backup-username'] },
  { what: 'a Restore', job: restoreJob(), secrets: ['orders-credentials/password', 'orders-credentials/username', 'orders-internal/password', 'orders-internal/username'] },
])('the pod of $what', ({ job, secrets }) => {
  const pod = podSpecOf(job);

  test('is let in by Pod Security restricted', () => {
    expect(restrictedViolations(pod)).toEqual([]);
  });

  test('has no token, a read-only root and a memory limit', () => {
    expect(hardeningGaps(pod)).toEqual([]);
    expect(pod.containers[0]?.resources?.limits).toHaveProperty('memory');
  });

  test('reads the credentials that its run needs and no others', () => {
    expect(secretKeys(pod)).toEqual(secrets);
  });

  test('shows no password in its command line or environment', () => {
    expect(visibleTo(pod)).not.toMatch(/password|secretKeyRef/i);
  });

  test('gets a request that the runner can read', () => {
    expect(requestOf(job)).toMatchObject({ v: 1, server: { host: 'orders.shop.svc', port: 5432, database: 'orders' } });
  });
});

test('whatever the names, they reach the runner as data: nothing in them is expanded by the kubelet', () => {
  const databaseName = `pa$$word $(KUBERNETES_SERVICE_HOST) "'; \\ é`;
  const job = desiredBackupJob(aBackup(), aDatabase({ spec: { databaseName } }), CONFIG);
  expect(variableOf(job)).not.toContain('$');
  expect(requestOf(job).server.database).toBe(databaseName);
});

test('a Restore reads the folder that the status of its Backup names, and only reads it', () => {
  const status = { ...COMPLETED_BACKUP, backupLocation: 'pvc://archive/daily/shop/orders/nightly-bbbbbbbb' };
  const job = restoreJob(aBackup({ status }));
  expect(requestOf(job)).toMatchObject({ source: { location: status.backupLocation, path: 'daily/shop/orders/nightly-bbbbbbbb', manifestSha256: status.manifestSha256 } });
  expect(podSpecOf(job).volumes).toContainEqual({ name: 'storage', persistentVolumeClaim: { claimName: 'archive', readOnly: true } });
});

test.each([{ backupLocation: undefined }, { backupLocation: 's3://bucket/x' }, { manifestSha256: undefined }])('without a folder that can be checked there is no Job: %o', (missing) => {
  const status = JSON.parse(JSON.stringify({ ...COMPLETED_BACKUP, ...missing })) as typeof COMPLETED_BACKUP;
  expect(desiredRestoreJob(aRestore(), { database, backup: aBackup({ status }), config: CONFIG })).toBeUndefined();
});

describe('the name of a Job', () => {
  test('is the same each time, so that creating twice is harmless', () => {
    expect(jobName(aBackup())).toBe(jobName(aBackup()));
  });

  test('is another one for an object that was created again under its name, and for another attempt', () => {
    const again = aBackup({ metadata: { uid: '12345678-9abc-4000-8000-000000000000' } });
    expect(new Set([jobName(aBackup()), jobName(again), jobName(aBackup(), 2)]).size).toBe(3);
  });

  test('fits into a label for the longest name that the CRD allows', () => {
    expect(jobName(aBackup({ metadata: { name: 'a'.repeat(52) } })).length).toBeLessThanOrEqual(63);
  });
});
