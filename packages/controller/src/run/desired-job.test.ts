import { parseRunRequest, RUN_REQUEST_VARIABLE, type BackupSpec, type DumpRequest, type JobTemplate, type RunRequest } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aRestore, COMPLETED_BACKUP, CONFIG } from '../../test/fixtures.ts';
import { expectGolden, hardeningGaps, podSpecOf, restrictedViolations, secretKeys, visibleTo } from '../../test/manifest.ts';
import { desiredBackupClaim, desiredBackupJob } from '../backup/desired-run.ts';
import type { Writable } from '../kube/client.ts';
import { desiredRestoreJob } from '../restore/desired-restore.ts';
import { ofBackup } from '../../test/run-world.ts';
import { jobName } from './desired-job.ts';

const database = aDatabase();
const backup = aBackup({ status: COMPLETED_BACKUP });

function restoreJob(from = backup): Writable {
  const job = desiredRestoreJob(aRestore(), { database, source: ofBackup(from), config: CONFIG });
  if (job === undefined) throw new Error('no Job');
  return job;
}

const variableOf = (job: Writable): string | undefined => podSpecOf(job).containers[0]?.env?.find(({ name }) => name === RUN_REQUEST_VARIABLE)?.value;
const requestOf = (job: Writable): RunRequest => parseRunRequest(variableOf(job));

describe('the objects of a run are those of the golden manifests', () => {
  test.each([
    { name: 'backup-job', object: desiredBackupJob(aBackup(), database, CONFIG) },
    { name: 'backup-claim', object: desiredBackupClaim(aDatabase({ spec: { storage: { size: '5Gi', storageClass: 'fast' } } }), CONFIG) },
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
  expect(requestOf(job)).toMatchObject({ server: { database: databaseName } });
});

test('a Restore reads the folder that the status of its Backup names, and only reads it', () => {
  const status = { ...COMPLETED_BACKUP, backupLocation: 'pvc://archive/daily/shop/orders/nightly-bbbbbbbb' };
  const job = restoreJob(aBackup({ status }));
  expect(requestOf(job)).toMatchObject({ source: { location: status.backupLocation, path: 'daily/shop/orders/nightly-bbbbbbbb', manifestSha256: status.manifestSha256 } });
  expect(podSpecOf(job).volumes).toContainEqual({ name: 'storage', persistentVolumeClaim: { claimName: 'archive', readOnly: true } });
});

test.each([{ backupLocation: undefined }, { backupLocation: 'ftp://bucket/x' }, { manifestSha256: undefined }])('without a folder that can be checked there is no Job: %o', (missing) => {
  const status = JSON.parse(JSON.stringify({ ...COMPLETED_BACKUP, ...missing })) as typeof COMPLETED_BACKUP;
  expect(desiredRestoreJob(aRestore(), { database, source: ofBackup(aBackup({ status })), config: CONFIG })).toBeUndefined();
});

describe('a bucket', () => {
  const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_CA_BUNDLE', 'AWS_ENDPOINT_URL_S3', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
  const inBucket = aBackup({ spec: { storageLocation: 's3://shop-backups/nightly/', credentialsRef: { name: 'bucket-keys' } } });
  const stored = aBackup({ spec: inBucket.spec, status: { ...COMPLETED_BACKUP, backupLocation: 's3://shop-backups/nightly/shop/orders/nightly-bbbbbbbb' } });
  const place = { type: 's3', location: 's3://shop-backups/nightly/shop/orders/nightly-bbbbbbbb', bucket: 'shop-backups', prefix: 'nightly/shop/orders/nightly-bbbbbbbb' };

  test('gets a Job without a claim, with the keys that the Secret has as files', async () => {
    await expectGolden(desiredBackupJob(inBucket, database, CONFIG), 'backup-job-s3');
  });

  test('is named to the runner by its parts, the same for a Backup and for a Restore of it', () => {
    expect(requestOf(desiredBackupJob(inBucket, database, CONFIG))).toMatchObject({ destination: place });
    expect(requestOf(restoreJob(stored))).toMatchObject({ source: { ...place, manifestSha256: COMPLETED_BACKUP.manifestSha256 } });
  });

  test.each([
    { what: 'a Backup', job: desiredBackupJob(inBucket, database, CONFIG) },
    { what: 'a Restore', job: restoreJob(stored) },
  ])('shows the keys to $what as files and in no other way, and mounts no claim', ({ job }) => {
    const pod = podSpecOf(job);
    expect(secretKeys(pod).filter((key) => key.startsWith('bucket-keys/'))).toEqual(KEYS.map((key) => `bucket-keys/${key}`));
    expect(visibleTo(pod)).not.toMatch(/bucket-keys|AWS_/);
    expect([restrictedViolations(pod), hardeningGaps(pod), JSON.stringify(pod).includes('persistentVolumeClaim')]).toEqual([[], [], false]);
  });

  test('without a Secret is opened by what the cloud gives the pod: no key is mounted, and still no token of the API server', () => {
    const pod = podSpecOf(desiredBackupJob(aBackup({ spec: { storageLocation: 's3://shop-backups', jobTemplate: { serviceAccountName: 'backups' } } }), database, CONFIG));
    expect(secretKeys(pod)).toEqual(['orders-internal/backup-password', 'orders-internal/backup-username']);
    expect([pod.serviceAccountName, hardeningGaps(pod)]).toEqual(['backups', []]);
  });
});

describe('what a Backup asks for reaches its runner', () => {
  test.each<{ spec: Partial<BackupSpec>; says: Partial<DumpRequest> }>([
    { spec: { source: 'PreferStandby' }, says: { standby: {} } },
    { spec: { selection: { schemas: ['public'], schemaOnly: true } }, says: { selection: { schemas: ['public'], schemaOnly: true } } },
    { spec: { lockTimeout: '1m30s' }, says: { lockTimeoutMilliseconds: 90_000 } },
    { spec: { lockTimeout: '9999999h' }, says: { lockTimeoutMilliseconds: 2_147_483_647 } },
    { spec: { stallTimeoutSeconds: 60 }, says: { stallTimeoutSeconds: 60 } },
  ])('$spec', ({ spec, says }) => {
    expect(requestOf(desiredBackupJob(aBackup({ spec }), database, CONFIG))).toMatchObject(says);
  });

  test('PreferStandby leads to the standbys of a Database that has some', () => {
    const request = requestOf(desiredBackupJob(aBackup({ spec: { source: 'PreferStandby' } }), aDatabase({ spec: { replicas: 2 } }), CONFIG));
    expect(request).toMatchObject({ server: { host: 'orders.shop.svc' }, standby: { host: 'orders-ro.shop.svc', port: 5432 } });
  });

  test('and what it does not ask for is left out', () => {
    const request = requestOf(desiredBackupJob(aBackup(), database, CONFIG));
    for (const field of ['standby', 'selection', 'logLevel']) expect(request).not.toHaveProperty(field);
  });

  test.each([desiredBackupJob(aBackup(), database, { ...CONFIG, logLevel: 'debug' }), desiredRestoreJob(aRestore(), { database, source: ofBackup(backup), config: { ...CONFIG, logLevel: 'debug' } })])(
    'a controller at debug level has runners at debug level',
    (job) => {
      expect(job && requestOf(job)).toMatchObject({ logLevel: 'debug' });
    },
  );
});

describe('a jobTemplate', () => {
  const jobTemplate: JobTemplate = {
    resources: { requests: { cpu: 2 }, limits: { memory: '2Gi' } },
    nodeSelector: { disk: 'fast' },
    tolerations: [{ key: 'backup', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'low',
    serviceAccountName: 'backups',
  };
  const jobs = [
    { what: 'a Backup', job: desiredBackupJob(aBackup({ spec: { jobTemplate } }), database, CONFIG) },
    { what: 'a Restore', job: desiredRestoreJob(aRestore({ spec: { jobTemplate } }), { database, source: ofBackup(backup), config: CONFIG }) },
  ];

  test.each(jobs)('of $what is in its pod', ({ job }) => {
    const { resources, ...scheduling } = jobTemplate;
    const pod = podSpecOf(job ?? {});
    expect(pod).toMatchObject(scheduling);
    expect(resources).toBeDefined();
    expect(pod.containers[0]?.resources).toEqual({ requests: { cpu: 2, memory: '128Mi' }, limits: { memory: '2Gi' } });
  });

  test('that limits CPU only leaves the limit of memory', () => {
    const pod = podSpecOf(desiredBackupJob(aBackup({ spec: { jobTemplate: { resources: { limits: { cpu: 1 } } } } }), database, CONFIG));
    expect(pod.containers[0]?.resources?.limits).toEqual({ cpu: 1, memory: '512Mi' });
  });

  test('changes nothing that makes the pod safe, whatever the API server let through', () => {
    const hostile = { ...jobTemplate, hostNetwork: true, securityContext: {}, automountServiceAccountToken: true, containers: [], volumes: [] };
    const pod = podSpecOf(desiredBackupJob(aBackup({ spec: { jobTemplate: hostile } }), database, CONFIG));
    expect([restrictedViolations(pod), hardeningGaps(pod)]).toEqual([[], []]);
    expect(pod.containers).toHaveLength(1);
  });
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
