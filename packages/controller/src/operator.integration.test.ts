// The operator against a real API server, Kubernetes' own controllers, and the chart's RBAC rules.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DUMPED, ended, RESTORED } from '../test/fixtures.ts';
import { backupManifest, databaseManifest, inPhase, reasonOf, restoreManifest, startWorld, withSpec, type RunningOperator, type World } from '../test/operator-world.ts';
import { RESOURCES } from './kube/resources.ts';

let world: World;
let running: RunningOperator;

const NOTHING_LEFT = { v: 1, outcome: 'succeeded', command: 'discard', found: 'nothing', startedAt: '2026-01-02T03:03:10Z', finishedAt: '2026-01-02T03:03:20Z' };
const RUNNING = { running: { startedAt: '2026-01-02T03:04:05Z' } };

/** A Database that is Ready. */
async function aReadyDatabase(name: string): Promise<void> {
  await world.create(databaseManifest(name));
  await world.play(name, RUNNING);
  await world.until(RESOURCES.databases, name, inPhase('Ready'));
}

/** A Backup or Restore at work; gives the name of its Job. */
async function started(resource: typeof RESOURCES.backups | typeof RESOURCES.restores, name: string): Promise<string> {
  const { status } = await world.until<{ status?: { phase?: string; jobName?: string } }>(resource as typeof RESOURCES.backups, name, (object) => object.status?.phase === 'InProgress');
  return status?.jobName ?? '';
}

/** Waits for lines of the log: they come after the status that they tell of. */
const logged = (expected: () => void): Promise<void> => vi.waitFor(expected, { timeout: 60_000 });

beforeAll(async () => {
  world = await startWorld();
  running = await world.startOperator();
});
afterAll(async () => {
  await running.stop();
  await world.stop();
});

describe('a Database', () => {
  test('walks through its phases to Ready, and is reachable then', async () => {
    await world.create(databaseManifest('walk'));
    await world.until(RESOURCES.databases, 'walk', inPhase('Deploying'));
    await world.play('walk', RUNNING);
    const { status } = await world.until(RESOURCES.databases, 'walk', inPhase('Ready'));
    expect(status).toMatchObject({ ready: true, readyReplicas: 1, endpoint: 'walk.default.svc.cluster.local:5432', secretName: 'walk-credentials' });
    await logged(() => {
      const told = world.lines.filter(({ name, kind }) => kind === 'Database' && name === 'walk').map(({ to }) => to);
      expect(told).toEqual(['Pending', 'Provisioning', 'Configuring', 'Deploying', 'Verifying', 'Ready']);
    });
  });

  test('has its passwords in Secrets that go with its configuration', async () => {
    const config = await world.find(RESOURCES.configMaps, 'walk-config');
    const secret = await world.find(RESOURCES.secrets, 'walk-credentials');
    expect(Object.keys(secret?.data ?? {}).sort()).toEqual(['database', 'host', 'password', 'port', 'type', 'uri', 'username']);
    expect(secret?.metadata.ownerReferences).toMatchObject([{ kind: 'ConfigMap', uid: config?.metadata.uid, controller: true }]);
  });

  test('falls back when its server is not ready, and comes to Ready again', async () => {
    await world.play('walk', { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } });
    await world.until(RESOURCES.databases, 'walk', inPhase('Deploying'));
    await world.play('walk', RUNNING);
    await world.until(RESOURCES.databases, 'walk', inPhase('Ready'));
  });

  test('gets a child back that somebody deleted, and one as it was that somebody edited', async () => {
    await world.remove('service', 'walk');
    await world.until(RESOURCES.services, 'walk', ({ metadata }) => metadata.deletionTimestamp === undefined);
    await world.until(RESOURCES.databases, 'walk', inPhase('Ready'));
    await world.kubectl(['patch', 'service', 'walk', '--type=merge', '--patch', '{"spec":{"selector":{"app":"other"}}}']);
    await world.until(RESOURCES.services, 'walk', ({ spec }) => spec?.selector?.['app'] === 'database');
  });

  test('does not touch what has the name of a child, and goes on when that is gone', async () => {
    await world.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'blocked-config', namespace: 'default' }, data: { mine: 'yes' } });
    await world.create(databaseManifest('blocked'));
    const blocked = await world.until(RESOURCES.databases, 'blocked', (database) => reasonOf(database, 'Ready') === 'NameTaken');
    expect(blocked.status?.conditions?.[0]?.message).toContain('ConfigMap default/blocked-config already exists');
    expect((await world.find(RESOURCES.configMaps, 'blocked-config'))?.data).toEqual({ mine: 'yes' });
    await world.remove('configmap', 'blocked-config');
    await world.until(RESOURCES.databases, 'blocked', inPhase('Deploying'));
  });

  test('that is deleted takes everything with it, leaves no series, and may be created again at once', async () => {
    await aReadyDatabase('again');
    const metrics = (): Promise<string> => running.operator.metrics.registry.metrics();
    expect(await metrics()).toContain('database_info{name="again",namespace="default",image="postgres:14",phase="Ready"} 1');
    const before = await world.find(RESOURCES.databases, 'again');
    const oldSecret = await world.find(RESOURCES.secrets, 'again-credentials');
    await world.kubectl(['delete', 'database', 'again', '--timeout=90s']);
    for (const [resource, name] of [[RESOURCES.statefulSets, 'again'], [RESOURCES.services, 'again'], [RESOURCES.secrets, 'again-credentials']] as const) {
      expect(await world.find<unknown>(resource, name)).toBeUndefined();
    }
    await expect.poll(metrics, { timeout: 60_000 }).not.toContain('name="again"');
    await aReadyDatabase('again');
    const after = await world.find(RESOURCES.databases, 'again');
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect((await world.find(RESOURCES.secrets, 'again-credentials'))?.data?.['password']).not.toBe(oldSecret?.data?.['password']);
  });
});

describe('a run', () => {
  beforeAll(() => aReadyDatabase('shop'));

  test('is one Job, whatever happens around it, and ends with the numbers of its result', async () => {
    await world.create(backupManifest('good', 'shop'));
    const job = await started(RESOURCES.backups, 'good');
    await running.stop();
    running = await world.startOperator();
    await world.play(job, RUNNING);
    await world.play(job, ended(0, DUMPED));
    const backup = await world.until(RESOURCES.backups, 'good', inPhase('Completed'));
    expect(backup.status).toMatchObject({ bytes: DUMPED.bytes, sha256: DUMPED.sha256, backupLocation: DUMPED.location, manifestSha256: DUMPED.manifestSha256, jobName: job });
    expect((await world.jobsOf(backup)).map(({ metadata }) => metadata.name)).toEqual([job]);
    expect((await world.find(RESOURCES.claims, 'shop-backups'))?.metadata.ownerReferences).toBeUndefined();
  });

  test('that has ended stays as it is without its Job, and says that a new spec is ignored', async () => {
    const { status } = await world.until(RESOURCES.backups, 'good', inPhase('Completed'));
    await world.remove('job', status?.jobName ?? '');
    await world.kubectl(['patch', 'backup', 'good', '--type=merge', '--patch', '{"spec":{"activeDeadlineSeconds":60}}']);
    const after = await world.until(RESOURCES.backups, 'good', (backup) => reasonOf(backup, 'SpecChangeIgnored') === 'RunsOnce');
    expect(after.status).toMatchObject({ phase: 'Completed', completedAt: status?.completedAt, observedGeneration: 2 });
    expect(await world.jobsOf(after)).toEqual([]);
  });

  test('that fails says why, in the words of the runner', async () => {
    await world.create(backupManifest('bad', 'shop'));
    const job = await started(RESOURCES.backups, 'bad');
    await world.play(job, ended(20, { v: 1, outcome: 'failed', reason: 'StorageFull', message: 'no space left on device', retryable: false }));
    const backup = await world.until(RESOURCES.backups, 'bad', inPhase('Failed'));
    expect(reasonOf(backup, 'Stalled')).toBe('StorageFull');
  });

  test.each([
    { name: 'lost-job', how: 'its Job', kind: 'job', reason: 'JobLost' },
    { name: 'lost-pod', how: 'its pod', kind: 'pod', reason: 'PodLost' },
  ])('that loses $how is Failed with $reason when it is known that nothing is left', async ({ name, kind, reason }) => {
    await world.create(backupManifest(name, 'shop'));
    const job = await started(RESOURCES.backups, name);
    await world.play(job, RUNNING);
    await world.kubectl(['delete', kind, ...(kind === 'job' ? [job] : ['-l', `job-name=${job}`])]);
    await world.until(RESOURCES.jobs, job.replace(/1$/, 'discard'), () => true);
    await world.play(job.replace(/1$/, 'discard'), ended(0, NOTHING_LEFT));
    const backup = await world.until(RESOURCES.backups, name, inPhase('Failed'));
    expect(reasonOf(backup, 'Stalled')).toBe(reason);
  });

  test('that loses its pod is tried again as a Job of its own, and this is told', async () => {
    await world.create(backupManifest('twice', 'shop', 1));
    const first = await started(RESOURCES.backups, 'twice');
    await world.play(first, RUNNING);
    await world.kubectl(['delete', 'pod', '-l', `job-name=${first}`]);
    const waiting = await world.until(RESOURCES.backups, 'twice', ({ status }) => status?.attempt === 2);
    expect(waiting.status).toMatchObject({ phase: 'InProgress', nextAttemptTime: expect.any(String) as string });
    expect(waiting.status).not.toHaveProperty('jobName');
    await logged(() => expect(world.lines.filter(({ name, msg }) => name === 'twice' && msg === 'Backup attempt failed')).toMatchObject([{ level: 'warn', reason: 'WaitingForRetry', message: expect.stringContaining('Attempt 1 of 2 failed (PodLost: ') as string }]));
    const { status } = await world.until(RESOURCES.backups, 'twice', (backup) => backup.status?.jobName !== undefined);
    await world.play(status?.jobName ?? '', ended(0, DUMPED));
    const backup = await world.until(RESOURCES.backups, 'twice', inPhase('Completed'));
    expect((await world.jobsOf(backup)).map(({ metadata }) => metadata.name).sort()).toEqual([first, first.replace(/1$/, '2')]);
  });

  test('waits for its turn, and gets it when the other run has ended', async () => {
    await world.create(backupManifest('first', 'shop'));
    const job = await started(RESOURCES.backups, 'first');
    await world.create(backupManifest('second', 'shop'));
    await world.until(RESOURCES.backups, 'second', (backup) => reasonOf(backup, 'BackupReady') === 'WaitingForTurn');
    await world.play(job, ended(0, DUMPED));
    await world.play(await started(RESOURCES.backups, 'second'), ended(0, DUMPED));
    await world.until(RESOURCES.backups, 'second', inPhase('Completed'));
  });

  test('waits for what is missing, and starts by itself when that is there', async () => {
    await world.create(restoreManifest('later', 'dish', 'dish-backup'));
    const waits = (reason: string): Promise<unknown> => world.until(RESOURCES.restores, 'later', (restore) => inPhase('Pending')(restore) && reasonOf(restore, 'RestoreReady') === reason);
    await waits('DatabaseNotFound');
    await world.create(databaseManifest('dish'));
    await waits('DatabaseNotReady');
    await world.play('dish', RUNNING);
    await waits('BackupNotFound');
    await world.create(backupManifest('dish-backup', 'dish'));
    await waits('BackupNotCompleted');
    await world.play(await started(RESOURCES.backups, 'dish-backup'), ended(0, DUMPED));
    await world.play(await started(RESOURCES.restores, 'later'), ended(0, RESTORED));
    const restore = await world.until(RESOURCES.restores, 'later', inPhase('Completed'));
    expect(restore.status).toMatchObject({ outageMilliseconds: RESTORED.outageMilliseconds, restoreTime: restore.status?.completedAt });
  });
});

describe('a Backup into a bucket', () => {
  const inBucket = { storageLocation: 's3://shop-backups/nightly', credentialsRef: { name: 'bucket-keys' } };

  test('waits for the Secret with its keys, lets others go first meanwhile, and starts by itself when that is there', async () => {
    await aReadyDatabase('bucket');
    await world.create(withSpec(backupManifest('keyless', 'bucket'), inBucket));
    const { status } = await world.until(RESOURCES.backups, 'keyless', (backup) => reasonOf(backup, 'BackupReady') === 'CredentialsNotFound');
    expect(status).toMatchObject({ phase: 'Pending', conditions: [{ message: expect.stringContaining('Secret bucket-keys does not exist in namespace default') as string }, {}] });
    expect(await world.find(RESOURCES.secrets, 'bucket-keys')).toBeUndefined();

    await world.create(backupManifest('younger', 'bucket'));
    await world.play(await started(RESOURCES.backups, 'younger'), ended(0, DUMPED));
    await world.until(RESOURCES.backups, 'younger', inPhase('Completed'));

    await world.kubectl(['create', 'secret', 'generic', 'bucket-keys', '--from-literal=AWS_ACCESS_KEY_ID=key', '--from-literal=AWS_SECRET_ACCESS_KEY=canary']);
    const job = await world.find(RESOURCES.jobs, await started(RESOURCES.backups, 'keyless'));
    const volumes = job?.spec?.template.spec?.volumes ?? [];
    expect(volumes.map(({ name }) => name)).toEqual(['credentials', 'scratch', 'tmp']);
    expect(volumes[0]?.projected?.sources?.map(({ secret }) => secret?.name)).toEqual(['bucket-internal', 'bucket-keys']);
  });

  test("goes into the installation's bucket if it names no place, with the Secret of its own namespace", async () => {
    await running.stop();
    running = await world.startOperator({ defaultStorageLocation: 's3://company/all', defaultCredentialsSecret: 'company-keys' });
    await aReadyDatabase('homeless');
    await world.create(backupManifest('by-default', 'homeless'));
    await world.until(RESOURCES.backups, 'by-default', (backup) => reasonOf(backup, 'BackupReady') === 'CredentialsNotFound');
    await world.kubectl(['create', 'secret', 'generic', 'company-keys', '--from-literal=AWS_ACCESS_KEY_ID=key']);
    const job = await world.find(RESOURCES.jobs, await started(RESOURCES.backups, 'by-default'));
    const pod = job?.spec?.template.spec;
    expect(pod?.containers[0]?.env?.[0]?.value).toContain('"bucket":"company","prefix":"all/default/homeless/by-default-');
    expect(pod?.volumes?.[0]?.projected?.sources?.map(({ secret }) => secret?.name)).toEqual(['homeless-internal', 'company-keys']);
    expect(await world.find(RESOURCES.claims, 'homeless-backups')).toBeUndefined();
    await running.stop();
    running = await world.startOperator();
  });
});

describe('with the rules of the chart', () => {
  test('nothing that the operator did was forbidden', () => {
    expect(world.lines.filter((line) => JSON.stringify(line).includes('forbidden'))).toEqual([]);
  });

  test('it may create Secrets and do nothing else with them', async () => {
    const may = async (verb: string): Promise<string> => (await world.kubectl(['auth', 'can-i', verb, 'secrets', '--as=system:serviceaccount:default:controller']).catch(() => 'no')).trim();
    const verbs = ['create', 'get', 'list', 'watch', 'patch', 'update', 'delete', 'deletecollection'];
    expect(await Promise.all(verbs.map(may))).toEqual(['yes', ...Array<string>(7).fill('no')]);
  });

  test('each transition was told as an Event', async () => {
    const { items } = await world.kube.list(RESOURCES.events, {}, new AbortController().signal);
    const told = items.map((event) => event as { regarding?: { kind: string; name: string }; reason?: string }).filter(({ regarding }) => regarding?.name === 'good');
    expect(told.map(({ reason }) => reason).sort()).toEqual(['BackupCompleted', 'BackupInProgress', 'RunsOnce']);
  });
});
