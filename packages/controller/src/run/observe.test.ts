import { describe, expect, test } from 'vitest';
import { FakeKube } from '../../test/fake-kube.ts';
import { aBackup, aRestore, COMPLETED_BACKUP, aDatabase, READY } from '../../test/fixtures.ts';
import { aBackupWorld } from '../../test/run-world.ts';
import { KubeError } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import { createCaches } from '../reconcile/caches.ts';
import { askAboutRun, observeRun } from './observe.ts';

/** With no Jobs and no pods. */
class EmptyKube extends FakeKube {
  override list(): Promise<never> {
    return Promise.resolve({ items: [], resourceVersion: '' } as never);
  }
}

const { signal } = new AbortController();
const credentials = { secret: 'bucket-keys', missing: false };
const key = { namespace: 'shop', name: 'bucket-keys' };
const refusal = (code: number): KubeError => new KubeError({ code, reason: 'Any', message: '' });
const ask = (kube: FakeKube, world = aBackupWorld({ credentials })): ReturnType<typeof askAboutRun> => askAboutRun({ caches: createCaches(), kube }, world, signal);

describe('right before another attempt, the Database', () => {
  const object = aBackup({ status: { phase: 'InProgress', attempt: 2, databaseUID: 'first' } });

  test.each([{ there: aDatabase() }, { there: undefined }])('is asked for: $there.metadata.name', async ({ there }) => {
    const kube = new EmptyKube();
    if (there !== undefined) kube.put(RESOURCES.databases, there);
    const found = await ask(kube, aBackupWorld({ object }));
    expect([found.database?.metadata.uid, kube.calls]).toEqual([there?.metadata.uid, ['get databases orders']]);
  });

  test('is not asked for before the first', async () => {
    const kube = new EmptyKube();
    expect(await ask(kube, aBackupWorld())).not.toHaveProperty('database');
    expect(kube.calls).toEqual([]);
  });
});

describe('right before a start, the Secret', () => {
  test.each([true, false])('is asked for: there %s', async (there) => {
    const kube = new EmptyKube();
    if (there) kube.put(RESOURCES.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: key });
    expect((await ask(kube)).credentials).toEqual({ secret: 'bucket-keys', missing: !there });
    expect(kube.calls).toEqual(['exists secrets bucket-keys']);
  });

  test.each([400, 403, 422])('is not taken for missing because a quota or a webhook refused to say (HTTP %d)', async (code) => {
    const kube = new EmptyKube();
    kube.fail('exists', refusal(code));
    expect((await ask(kube)).credentials).toEqual({ secret: 'bucket-keys', missing: false });
  });

  test.each([0, 429, 503])('is asked for again when there was no answer (code %d)', async (code) => {
    const kube = new EmptyKube();
    kube.fail('exists', refusal(code));
    await expect(ask(kube)).rejects.toThrow(KubeError);
  });

  test('is no question for a run without one', async () => {
    const kube = new EmptyKube();
    expect((await ask(kube, aBackupWorld())).credentials).toBeUndefined();
    expect(kube.calls).toEqual([]);
  });
});

test.each([
  { why: 'could start', status: undefined, startable: true },
  { why: 'found no Secret when it was its turn', status: 'CredentialsNotFound', startable: false },
  { why: 'has a Job whose name is taken', status: 'NameTaken', startable: false },
  { why: 'may not create its Job', status: 'ActionFailed', startable: false },
  { why: 'waits for its turn', status: 'WaitingForTurn', startable: true },
])('an older Backup that $why goes first: $startable', ({ status, startable }) => {
  const caches = createCaches();
  caches.databases.upsert(aDatabase({ status: READY }));
  const conditions = status === undefined ? [] : [{ type: 'Reconciling', status: 'True', reason: status, message: '', lastTransitionTime: '2026-01-02T03:04:05Z' } as const];
  const older = aBackup({ status: { phase: 'Pending', conditions } });
  const self = aRestore({ metadata: { creationTimestamp: '2026-01-02T03:01:00Z' } });
  caches.backups.upsert(older);
  caches.backups.upsert(aBackup({ metadata: { name: 'done', uid: 'done' }, status: COMPLETED_BACKUP }));
  expect(observeRun(caches, self, () => true).rivals).toEqual([{ object: older, startable }]);
});
