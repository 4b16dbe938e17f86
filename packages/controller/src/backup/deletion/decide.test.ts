import { ANNOTATION_PRUNED, BACKUP_FINALIZER, LABEL_BACKUP, type Backup, type BackupStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aJob, aPod, COMPLETED_BACKUP, CONFIG, DUMPED, ended, NOW, type AJob, type APod } from '../../../test/fixtures.ts';
import { aBackupWorld } from '../../../test/run-world.ts';
import { createCaches } from '../../reconcile/caches.ts';
import { ATTEMPTS, decideDeletion, isHeld, type DeletionPlan } from './decide.ts';
import { deletionJobName, desiredDeletionJob } from './desired-job.ts';
import { isMarkedWrongly } from './reconcile.ts';
import { observeDeletion, type DeletionWorld } from './world.ts';

const now = Date.parse(NOW);
const RAN: BackupStatus = { ...COMPLETED_BACKUP, jobUID: 'j' };

interface Parts {
  readonly status?: BackupStatus;
  readonly policy?: 'Retain' | 'Delete';
  readonly pruned?: true;
  readonly alive?: true;
  readonly finalizers?: string[];
}
const aDeleted = ({ status = RAN, policy = 'Delete', pruned, alive, finalizers = [BACKUP_FINALIZER] }: Parts = {}): Backup =>
  aBackup({ metadata: { finalizers, ...(!alive && { deletionTimestamp: NOW }), ...(pruned && { annotations: { [ANNOTATION_PRUNED]: 'true' } }) }, spec: { deletionPolicy: policy }, status });

/** The Job that deletes, of the attempt that the status speaks of, and its pod. */
function deleting(object: Backup, state?: Parameters<typeof ended>): { job: AJob; pods: APod[] } {
  const job = aJob({ metadata: { name: deletionJobName(object), ownerReferences: [], labels: { [LABEL_BACKUP]: object.metadata.name } } });
  return { job, pods: [aPod({ job, state: state === undefined ? { running: {} } : ended(...state) })] };
}

const worldOf = (object: Backup, parts: Partial<DeletionWorld> = {}): DeletionWorld => ({ ...observeDeletion(createCaches(), object, CONFIG), certain: true, ...parts });

const done = ({ effects }: DeletionPlan): string[] =>
  effects.map((effect) => {
    if (effect.do === 'markBackup') return `finalizers [${effect.object.metadata.finalizers.join()}]`;
    if (effect.do === 'createJob') return `create ${effect.object.metadata.name}`;
    return effect.do === 'delete' ? `delete ${effect.target.name} ${effect.propagation}` : effect.do;
  });
const said = ({ status }: DeletionPlan): string | undefined => {
  const found = status?.conditions?.find(({ type }) => type === 'DataDeleted');
  return found && `${found.status} ${found.reason}: ${found.message}`;
};

const GONE = [{ type: 'DataDeleted', status: 'True', reason: 'DataDeleted', message: '', lastTransitionTime: NOW }] as const;
const LEFT = [{ ...GONE[0], status: 'False', reason: 'DataLeftBehind' }] as const;
const failed = (retryable: boolean): Parameters<typeof ended> => [1, { v: 1, outcome: 'failed', reason: 'StorageUnreachable', message: 'no answer', retryable }];

describe('a Backup that is deleted', () => {
  const first = aDeleted();
  const last = aDeleted({ status: { ...RAN, deletion: { attempt: ATTEMPTS } } });
  const running = aJob({ owner: first });
  test.each<{ why: string; object?: Backup; parts?: Partial<DeletionWorld>; does?: string[]; says?: RegExp; event?: RegExp }>([
    { why: 'has its data deleted by a Job', does: ['create nightly-bbbbbbbb-delete-1'], says: /^False DeletingData: The data in pvc:\/\/orders-backups\/shop\/orders\/nightly-bbbbbbbb is being deleted/ },
    { why: 'by retention too, whatever its policy', object: aDeleted({ policy: 'Retain', pruned: true }), does: ['create nightly-bbbbbbbb-delete-1'], says: /^False DeletingData/ },
    { why: 'goes at once when its data is to stay', object: aDeleted({ policy: 'Retain' }), does: ['finalizers []'] },
    { why: 'stops its run first', parts: { running: [running], atWork: ['Job nightly-bbbbbbbb-1'] }, does: ['delete nightly-bbbbbbbb-1 Foreground'], says: /^False DeletingData: Waits for the end of Job nightly-bbbbbbbb-1/ },
    { why: 'waits for a Restore that reads it', parts: { readers: ['undo'] }, says: /Waits for the end of Restore undo/ },
    { why: 'has nothing to delete when it never ran', object: aDeleted({ status: { phase: 'Pending' } }), says: /^True DataDeleted: It never ran/ },
    { why: 'has nothing to delete when its claim is gone', parts: { claimMissing: true }, says: /^True DataDeleted: Claim orders-backups is gone, and the data with it/ },
    { why: 'waits while its Job is at work', parts: deleting(first) },
    { why: 'has ended when its Job has deleted', parts: deleting(first, [0, { v: 1, outcome: 'succeeded', command: 'discard', found: 'removed', startedAt: NOW, finishedAt: NOW }]), says: /^True DataDeleted/ },
    { why: 'then goes', object: aDeleted({ status: { ...RAN, conditions: [...GONE] } }), does: ['finalizers []'] },
    { why: 'is tried again when that may help', parts: deleting(first, failed(true)), says: /^False DeletionFailed: Attempt 1 of 5 failed \(StorageUnreachable: no answer\); the next one starts at 2026-01-02T03:04:15Z/ },
    { why: 'waits for that', object: aDeleted({ status: { ...RAN, deletion: { attempt: 2, nextAttemptTime: '2026-01-02T03:04:15Z' } } }) },
    { why: 'then tries by another Job', object: aDeleted({ status: { ...RAN, deletion: { attempt: 2, nextAttemptTime: NOW } } }), does: ['create nightly-bbbbbbbb-delete-2'], says: /^False DeletingData/ },
    { why: 'leaves behind what cannot be deleted, and says where', parts: deleting(first, failed(false)), says: /^False DataLeftBehind: The data in pvc:.* could not be deleted and stays there \(StorageUnreachable/, event: /Remove it by hand/ },
    { why: 'leaves behind what was tried often enough', object: last, parts: deleting(last, failed(true)), says: /^False DataLeftBehind/, event: /stays there/ },
    { why: 'leaves behind what an old runner only reports', parts: deleting(first, [0, DUMPED]), says: /^False DataLeftBehind.*it may be of an older version/, event: /stays there/ },
    { why: 'then goes all the same', object: aDeleted({ status: { ...RAN, conditions: [...LEFT] } }), does: ['finalizers []'] },
  ])('$why', ({ object = first, parts = {}, does = [], says, event }) => {
    const plan = decideDeletion(worldOf(object, parts), CONFIG, now);
    expect(done(plan)).toEqual(does);
    if (says === undefined) expect(plan.status).toBeUndefined();
    else expect(said(plan)).toMatch(says);
    if (event === undefined) expect(plan.notice).toBeUndefined();
    else expect(plan.notice?.message).toMatch(event);
  });

  test('asks the API server before a Job deletes', () => {
    expect(decideDeletion(worldOf(first, { certain: false }), CONFIG, now)).toEqual({ effects: [], inDoubt: true });
  });

  test('asks the API server before a lost Job counts as an attempt', () => {
    const { job } = deleting(first);
    const lost = { ...job, status: { conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }] } };
    expect(decideDeletion(worldOf(first, { job: lost, pods: [], certain: false }), CONFIG, now)).toEqual({ effects: [], inDoubt: true });
    expect(decideDeletion(worldOf(first, { job: lost, pods: [] }), CONFIG, now).status?.deletion).toEqual({ attempt: 2, nextAttemptTime: '2026-01-02T03:04:15Z' });
  });
});

describe('the Job that deletes', () => {
  const job = desiredDeletionJob(aDeleted(), { type: 's3', name: 'bucket', path: 'a/b' }, CONFIG);

  test('has no owner, and goes by its time', () => {
    expect(job).toMatchObject({ metadata: { ownerReferences: [], labels: { [LABEL_BACKUP]: 'nightly' } }, spec: { ttlSecondsAfterFinished: 600 } });
  });

  test('is found again, with the pods that it has', () => {
    const caches = createCaches();
    const { job: live, pods } = deleting(aDeleted());
    caches.jobs.upsert(live);
    for (const pod of pods) caches.pods.upsert(pod);
    const world = observeDeletion(caches, aDeleted(), CONFIG);
    expect([world.job?.metadata.name, world.pods.length, world.atWork]).toEqual(['nightly-bbbbbbbb-delete-1', 1, []]);
  });
});

test.each<{ why: string; parts: Parts; held: boolean; wrong: boolean }>([
  { why: 'lives and keeps its data', parts: { alive: true, policy: 'Retain', finalizers: [] }, held: false, wrong: false },
  { why: 'is to take its data with it, and is not marked', parts: { alive: true, finalizers: [] }, held: false, wrong: true },
  { why: 'is marked', parts: { alive: true }, held: false, wrong: false },
  { why: 'was edited to keep its data', parts: { alive: true, policy: 'Retain' }, held: false, wrong: true },
  { why: 'retention is about to delete', parts: { alive: true, policy: 'Retain', pruned: true }, held: false, wrong: false },
  { why: 'is being deleted', parts: {}, held: true, wrong: false },
  { why: 'is held by somebody else only', parts: { finalizers: ['theirs'] }, held: false, wrong: false },
])('a Backup that $why', ({ parts, held, wrong }) => {
  expect([isHeld(aDeleted(parts)), isMarkedWrongly(aDeleted(parts))]).toEqual([held, wrong]);
});

test('fixtures agree on what a world of a run is', () => {
  expect(aBackupWorld().object.spec.deletionPolicy).toBe('Retain');
});
