import { ANNOTATION_SCAN, LABEL_ADOPTED, RUN_REQUEST_VARIABLE, type Backup, type BackupSpec, type BackupStatus, type CatalogueStatus, type CatalogueSucceeded } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, CONFIG, DUMPED, ended, NOW } from '../../test/fixtures.ts';
import type { Writable } from '../kube/client.ts';
import { createCaches } from '../reconcile/caches.ts';
import type { Effect } from '../reconcile/plan.ts';
import { decideSchedule } from '../schedule/decide.ts';
import { observeSchedule } from '../schedule/world.ts';
import { decideScan, SCAN_ATTEMPTS, type ScanPlan } from './decide.ts';
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
    expect(said(last)).toContain('2 folders (4Ki), such as x-0a1b2c3d, y-0a1b2c3d, have no manifest and are older than a day: what killed runs left. Remove them by hand');
    expect(last.notice?.type).toBe('Warning');
    expect(last.effects).toEqual([]);
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
