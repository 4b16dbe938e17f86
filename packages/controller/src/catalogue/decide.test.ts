import { ANNOTATION_SCAN, LABEL_ADOPTED, parseRunRequest, RUN_REQUEST_VARIABLE, SCAN_REMOVES_ORPHANS, type Backup, type BackupSpec, type BackupStatus, type CatalogueRequest, type CatalogueStatus, type CatalogueSucceeded } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, CONFIG, DUMPED, ended, NOW } from '../../test/fixtures.ts';
import type { Writable } from '../kube/client.ts';
import { createCaches } from '../reconcile/caches.ts';
import type { Effect } from '../reconcile/plan.ts';
import { decideSchedule } from '../schedule/decide.ts';
import { observeSchedule } from '../schedule/world.ts';
import { decideScan, MOST_SPARED, SCAN_ATTEMPTS, type ScanPlan } from './decide.ts';
import { adoptedName } from './desired-adopted.ts';
import { scanJobName, scanOf } from './scan.ts';
import { observeScan, type ScanWorld } from './world.ts';

const now = Date.parse(NOW);
const BUCKET: Partial<BackupSpec> = { schedule: '@daily', suspend: true, storageLocation: 's3://backups/prod', credentialsRef: { name: 'keys' } };
const aSchedule = (status?: BackupStatus, spec: Partial<BackupSpec> = BUCKET, value = 'first'): Backup => aBackup({ metadata: { annotations: { [ANNOTATION_SCAN]: value } }, spec, ...(status && { status }) });

type Entry = CatalogueSucceeded['backups'][number];
const entry = (folder: string, parts: Partial<Entry> = {}): Entry => ({ folder, manifestSha256: 'c'.repeat(64), finishedAt: '2026-01-01T00:00:00.000Z', bytes: 10, plainBytes: 20, serverVersion: '14.19', ...parts });
const FOUND: CatalogueSucceeded = { v: 1, outcome: 'succeeded', command: 'catalogue', backups: [entry('old-0a1b2c3d'), entry('older-1a1b2c3d')], refused: { count: 0, first: [] }, startedAt: NOW, finishedAt: NOW };

/** A scan at work, with a Job whose pod is in that state. */
function worldOf(object: Backup, state?: Parameters<typeof ended> | 'running', caches = createCaches()): ScanWorld {
  const scan = scanOf(object);
  if (scan === undefined) throw new Error('no scan was asked for');
  const job = aJob({ owner: object, metadata: { name: scanJobName(object, scan) } });
  if (state !== undefined) caches.jobs.upsert(job);
  if (state !== undefined) caches.pods.upsert(aPod({ job, state: state === 'running' ? { running: {} } : ended(...state) }));
  return observeScan(caches, object, scan);
}

const created = ({ effects }: { readonly effects: readonly Effect[] }): Writable[] => effects.flatMap((effect) => (effect.do === 'createIfAbsent' || effect.do === 'createJob' ? [effect.object] : []));
const namesOf = (plan: ScanPlan): string[] => created(plan).map(({ metadata }) => metadata.name);
const said = ({ status }: ScanPlan): string => status?.conditions?.map((condition) => `${condition.status} ${condition.reason}: ${condition.message}`).join() ?? '';
const countsOf = ({ status }: ScanPlan): Partial<CatalogueStatus> | undefined => status?.catalogue;

describe('a scan', () => {
  test.each([
    ['is asked for by the annotation', aSchedule(), true],
    ['is not asked for without it', aBackup({ spec: BUCKET }), false],
    ['is asked for by a new value', aSchedule({ catalogue: { request: 'first', page: 4, adopted: 9, known: 9, refused: 9, completedAt: NOW } }, BUCKET, 'second'), true],
    ['is made once for each value', aSchedule({ catalogue: { request: 'first', page: 4, adopted: 9, known: 9, refused: 9, completedAt: NOW } }), false],
    ['goes on where it was', aSchedule({ catalogue: { request: 'first', page: 4, adopted: 9, known: 9, refused: 9 } }), true],
  ])('%s', (_, object, isAsked) => expect(scanOf(object) !== undefined).toBe(isAsked));

  test('begins with a Job that reads where the backups of its Database are, with the keys of the schedule', () => {
    const plan = decideScan(worldOf(aSchedule()), CONFIG, now);
    const [job] = created(plan);
    expect(job?.metadata.name).toMatch(/^nightly-bbbbbbbb-scan-[0-9a-f]{8}-1-1$/);
    const text = JSON.stringify(job);
    expect(text).toContain(RUN_REQUEST_VARIABLE);
    expect(text).toContain(String.raw`\"source\":{\"type\":\"s3\",\"location\":\"s3://backups/prod/shop/orders\",\"bucket\":\"backups\",\"prefix\":\"prod/shop/orders\"}`);
    expect(text).toContain('"secret":{"name":"keys"');
    expect(said(plan)).toBe('Unknown ScanInProgress: The backups in s3://backups/prod/shop/orders are being looked at (0 so far)');
  });

  test('of a claim mounts it read-only', () => expect(JSON.stringify(created(decideScan(worldOf(aSchedule(undefined, { schedule: '@daily' })), CONFIG, now)))).toContain('"claimName":"orders-backups","readOnly":true'));

  test('waits while its Job is at work', () => expect(decideScan(worldOf(aSchedule(), 'running'), CONFIG, now).effects).toEqual([]));

  test('makes a Backup for each that was found, named after its folder, with what the manifest says', () => {
    const plan = decideScan(worldOf(aSchedule(), [0, FOUND]), CONFIG, now);
    expect(namesOf(plan)).toEqual(['old-0a1b2c3d', 'older-1a1b2c3d']);
    const { folder, ...facts } = entry('old-0a1b2c3d');
    expect(created(plan)[0]).toMatchObject({
      kind: 'Backup',
      metadata: { namespace: 'shop', labels: { [LABEL_ADOPTED]: 'nightly' } },
      spec: { databaseRef: { name: 'orders' }, storageLocation: 's3://backups/prod', credentialsRef: { name: 'keys' }, adopted: { path: `shop/orders/${folder}`, ...facts } },
    });
    expect(created(plan)[0]).not.toHaveProperty('metadata.ownerReferences');
    expect(created(plan)[0]).not.toHaveProperty('spec.schedule');
    expect(countsOf(plan)).toEqual({ request: 'first', page: 1, adopted: 2, known: 0, refused: 0, completedAt: NOW });
    expect(said(plan)).toBe('True Scanned: 2 backups are in s3://backups/prod/shop/orders: 2 were adopted, 0 have a Backup already');
  });

  test('says of a part of a database that it is one', () => {
    const plan = decideScan(worldOf(aSchedule(), [0, { ...FOUND, backups: [entry('part-0a1b2c3d', { partial: true })] }]), CONFIG, now);
    expect(created(plan)[0]).toMatchObject({ spec: { selection: {}, adopted: { partial: true } } });
  });

  test('leaves alone what has a Backup: the one that made it, also before it knows, and one that was adopted', () => {
    const caches = createCaches();
    caches.backups.upsert(aBackup({ metadata: { name: 'old', uid: '0a1b2c3d-0000-4000-8000-000000000000' }, status: { phase: 'InProgress' } }));
    caches.backups.upsert(aBackup({ metadata: { name: adoptedName('older-1a1b2c3d'), uid: 'u' }, spec: { adopted: { path: 'shop/orders/older-1a1b2c3d', ...entry('older-1a1b2c3d') } } }));
    const plan = decideScan(worldOf(aSchedule(), [0, FOUND], caches), CONFIG, now);
    expect(plan.effects).toEqual([]);
    expect(countsOf(plan)).toMatchObject({ adopted: 0, known: 2 });
  });

  test('takes no notice of a Backup of the same name in another namespace', () => {
    const caches = createCaches();
    caches.backups.upsert(aBackup({ metadata: { namespace: 'other', name: 'old', uid: '0a1b2c3d-0000-4000-8000-000000000000' } }));
    expect(namesOf(decideScan(worldOf(aSchedule(), [0, FOUND], caches), CONFIG, now))).toContain('old-0a1b2c3d');
  });

  test('goes on with another Job where the result was full, and adds up', () => {
    const next = { storedAt: NOW, folder: 'older-1a1b2c3d' };
    const first = decideScan(worldOf(aSchedule(), [0, { ...FOUND, next, refused: { count: 7, first: ['bad-0a1b2c3d: its manifest cannot be read'] } }]), CONFIG, now);
    expect(countsOf(first)).toMatchObject({ page: 2, after: next, adopted: 2, refused: 7 });
    const second = decideScan(worldOf(aSchedule(first.status)), CONFIG, now);
    expect(namesOf(second)[0]).toMatch(/-2-1$/);
    expect(JSON.stringify(created(second))).toContain(String.raw`\"after\":{\"storedAt\":\"${NOW}\",\"folder\":\"older-1a1b2c3d\"}`);
    const last = decideScan(worldOf(aSchedule(first.status), [0, { ...FOUND, backups: [entry('oldest-2a1b2c3d')] }]), CONFIG, now);
    expect(countsOf(last)).toMatchObject({ adopted: 3, refused: 7, completedAt: NOW });
    expect(countsOf(last)).not.toHaveProperty('after');
    expect(said(last)).toContain('7 more were refused, such as bad-0a1b2c3d: its manifest cannot be read');
  });

  test('tells of what killed runs left, and deletes nothing of it', () => {
    const first = decideScan(worldOf(aSchedule(), [0, { ...FOUND, next: { storedAt: NOW, folder: 'older-1a1b2c3d' }, orphans: { count: 2, bytes: 4096, first: ['x-0a1b2c3d', 'y-0a1b2c3d'] } }]), CONFIG, now);
    const last = decideScan(worldOf(aSchedule(first.status), [0, { ...FOUND, backups: [] }]), CONFIG, now);
    expect(last.status?.catalogue?.orphans).toEqual({ count: 2, bytes: 4096, first: ['x-0a1b2c3d', 'y-0a1b2c3d'] });
    expect(said(last)).toContain('in 2 folders, such as x-0a1b2c3d, y-0a1b2c3d, 4Ki are no part of a backup and older than a day: what killed runs left. A scan whose annotation begins with remove-orphans removes it');
    expect(last.notice?.type).toBe('Warning');
    expect(last.effects).toEqual([]);
  });

  describe('that is to remove what killed runs left', () => {
    const asked = (status?: BackupStatus): Backup => aSchedule(status, BUCKET, `${SCAN_REMOVES_ORPHANS}-1`);
    const removal = (plan: ScanPlan): CatalogueRequest['removeOrphans'] => {
      const [variable] = (created(plan)[0] as Job | undefined)?.spec?.template.spec?.containers[0]?.env ?? [];
      return (parseRunRequest(variable?.value) as CatalogueRequest).removeOrphans;
    };
    const cachesWith = (...backups: Backup[]): ReturnType<typeof createCaches> => {
      const caches = createCaches();
      for (const backup of backups) caches.backups.upsert(backup);
      return caches;
    };
    const run = (name: string, parts: Parameters<typeof aBackup>[0] = {}): Backup => aBackup({ ...parts, metadata: { name, uid: '0a1b2c3d-0000-4000-8000-000000000000', ...parts?.metadata } });

    test('says so to its first Job alone, which may write, and spares every Backup of the Database that did not fail', () => {
      const caches = cachesWith(run('whole', { status: { phase: 'Completed' } }), run('open', { status: { phase: 'InProgress' } }), run('new'), run('failed', { status: { phase: 'Failed' } }), run('other', { spec: { databaseRef: { name: 'other' } } }), run('elsewhere', { metadata: { namespace: 'else' } }));
      const first = decideScan(worldOf(asked(), undefined, caches), CONFIG, now);
      expect(removal(first)).toEqual({ spare: ['whole-0a1b2c3d', 'open-0a1b2c3d', 'new-0a1b2c3d'] });
      expect(removal(decideScan(worldOf(asked({ catalogue: { request: `${SCAN_REMOVES_ORPHANS}-1`, page: 2, adopted: 0, known: 0, refused: 0 } }), undefined, caches), CONFIG, now))).toBeUndefined();
      expect(removal(decideScan(worldOf(aSchedule(), undefined, caches), CONFIG, now))).toBeUndefined();
    });

    test('mounts a claim to write into it', () => expect(JSON.stringify(created(decideScan(worldOf(aSchedule(undefined, { schedule: '@daily' }, SCAN_REMOVES_ORPHANS)), CONFIG, now)))).toContain('"claimName":"orders-backups","readOnly":false'));

    test('removes nothing where there are more Backups than a Job can be told of, and says why', () => {
      const caches = cachesWith(...Array.from({ length: MOST_SPARED + 1 }, (_, number) => run(`n${number}`, { metadata: { uid: `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000` } })));
      expect(removal(decideScan(worldOf(asked(), undefined, caches), CONFIG, now))).toBeUndefined();
      const plan = decideScan(worldOf(asked(), [0, { ...FOUND, orphans: { count: 1, bytes: 1, first: ['x-0a1b2c3d'] } }], caches), CONFIG, now);
      expect(said(plan)).toContain('It was not removed: the Database has more than 1500 Backups, too many to tell a Job of');
    });

    test.each<[string, NonNullable<CatalogueSucceeded['orphans']>, string, string]>([
      ['all of it', { count: 0, uploads: 0, bytes: 0, first: [], removed: 3 }, 'have a Backup already; what killed runs had left in 3 folders was removed', 'Normal'],
      ['nothing, where there is none', { count: 0, uploads: 0, bytes: 0, first: [], removed: 0 }, 'have a Backup already', 'Normal'],
      ['not all of it', { count: 1, uploads: 2, bytes: 10_240, first: ['x-0a1b2c3d'], removed: 1, problem: 'StorageDenied: no' }, 'had left in 1 folders was removed; in 1 folders, such as x-0a1b2c3d, 10Ki are no part of a backup and older than a day: what killed runs left (2 of it uploads that were never finished). It was not removed: StorageDenied: no', 'Warning'],
      ['nothing, with an older runner', { count: 1, bytes: 10, first: ['x-0a1b2c3d'] }, 'It was not removed: the runner may be of an older version', 'Warning'],
    ])('tells when it has removed %s', (_, orphans, words, type) => {
      const plan = decideScan(worldOf(asked(), [0, { ...FOUND, orphans }]), CONFIG, now);
      expect(said(plan).endsWith(words)).toBe(true);
      expect(plan.notice?.type).toBe(type);
      expect(plan.effects.every((effect) => effect.do === 'createIfAbsent')).toBe(true);
    });
  });

  test('refuses what another Backup has the name of, and says so', () => {
    const caches = createCaches();
    caches.backups.upsert(aBackup({ metadata: { name: 'old-0a1b2c3d', uid: 'ffffffff-0000-4000-8000-000000000000' } }));
    const plan = decideScan(worldOf(aSchedule(), [0, FOUND], caches), CONFIG, now);
    expect(namesOf(plan)).toEqual(['older-1a1b2c3d']);
    expect(countsOf(plan)).toMatchObject({ adopted: 1, known: 0, refused: 1 });
    expect(said(plan)).toContain('1 more were refused, such as old-0a1b2c3d: another Backup has the name old-0a1b2c3d');
  });

  const failure = (retryable: boolean): Parameters<typeof ended> => [1, { v: 1, outcome: 'failed', reason: 'StorageUnreachable', message: 'no answer', retryable }];
  test('is tried again after a pause for what may pass', () => {
    const again = decideScan(worldOf(aSchedule(), failure(true)), CONFIG, now);
    expect(said(again)).toMatch(/^Unknown WaitingForRetry: Attempt 1 of 5 failed \(StorageUnreachable: no answer\)/);
    expect(decideScan(worldOf(aSchedule(again.status)), CONFIG, now)).toEqual({ effects: [], requeueAfterMs: 10_000 });
    expect(namesOf(decideScan(worldOf(aSchedule(again.status)), CONFIG, now + 10_000))[0]).toMatch(/-1-2$/);
  });

  test.each([
    ['for what does not pass', {}, failure(false)],
    ['when it has failed too often', { attempt: SCAN_ATTEMPTS }, failure(true)],
    ['with an older runner', {}, [0, DUMPED] satisfies Parameters<typeof ended>],
  ])('ends %s, and keeps what it has adopted', (_, more, state) => {
    const plan = decideScan(worldOf(aSchedule({ catalogue: { request: 'first', page: 3, adopted: 2, known: 0, refused: 0, ...more } }), state), CONFIG, now);
    expect(said(plan)).toMatch(/^False ScanFailed: The scan ended after 2 backups/);
    expect(countsOf(plan)).toHaveProperty('completedAt', NOW);
    expect(plan.notice?.reason).toBe('ScanFailed');
  });
});

test('what a scan has come to stays in the status of its schedule', () => {
  const { status } = decideScan(worldOf(aSchedule(), [0, FOUND]), CONFIG, now);
  const plan = decideSchedule({ ...observeSchedule(createCaches(), aSchedule(status)), certain: false }, now);
  expect(plan.status?.catalogue).toEqual(status?.catalogue);
  expect(plan.status?.conditions).toContainEqual(expect.objectContaining({ type: 'CatalogueScanned', status: 'True' }));
});

test.each([
  ['nightly-0a1b2c3d', 'nightly-0a1b2c3d'],
  [`${'n'.repeat(43)}-0a1b2c3d`, `${'n'.repeat(43)}-0a1b2c3d`],
  [`${'n'.repeat(43)}-x-0a1b2c3d`, `${'n'.repeat(43)}-0a1b2c3d`],
  [`${'n'.repeat(52)}-0a1b2c3d`, `${'n'.repeat(43)}-0a1b2c3d`],
])('the folder %s makes the name %s', (folder, name) => {
  expect(adoptedName(folder)).toBe(name);
  expect(name.length).toBeLessThanOrEqual(52);
});
