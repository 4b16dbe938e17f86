import { ANNOTATION_DRILL, LABEL_DRILL, type Backup, type BackupStatus, type Condition } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aJob, aPod, COMPLETED_BACKUP, CONFIG, ended, NOW, READY } from '../../../test/fixtures.ts';
import { expectGolden, hardeningGaps, podSpecOf, restrictedViolations, secretKeys } from '../../../test/manifest.ts';
import { aBackupWorld } from '../../../test/run-world.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import type { RunPlan } from '../../run/kind.ts';
import type { BackupWorld } from '../world.ts';
import { standingOf } from '../standing.ts';
import { decideDrill, DRILL_ATTEMPTS } from './decide.ts';
import { desiredDrillJob, drillJobName, drillRequestsOf, type DrillRequests } from './desired-job.ts';
import { desiredNetworkPolicy } from './network.ts';
import { serverOfBackup } from './server.ts';

const now = Date.parse(NOW);
const ASKED = { verification: { restore: true, volumeSize: '1Gi' } };
const DONE: BackupStatus = { ...COMPLETED_BACKUP, plainBytes: 5_000_000, rows: 1000, serverVersion: '14.12', databaseUID: aDatabase().metadata.uid };

interface Parts {
  readonly status?: BackupStatus;
  readonly spec?: object;
  readonly request?: string;
}
const aDrilled = ({ status = DONE, spec = ASKED, request }: Parts = {}): Backup => aBackup({ spec, status, ...(request !== undefined && { metadata: { annotations: { [ANNOTATION_DRILL]: request } } }) });

/** The Job of the present attempt, its runner in a state. */
const drilling = (object: Backup, state?: Parameters<typeof ended>): { drill: { requests: DrillRequests; followUp: FollowUp } } => {
  const requests = drillRequestsOf(object, undefined);
  const job = aJob({ owner: object, metadata: { name: drillJobName(object, requests) } });
  return { drill: { requests, followUp: { job, pods: [aPod({ job, state: state === undefined ? { running: {} } : ended(...state) })] } } };
};
const decide = (object: Backup, parts: Partial<BackupWorld> = {}, at = now): RunPlan => decideDrill(aBackupWorld({ object, drill: { requests: drillRequestsOf(object, undefined) }, ...parts }), CONFIG, at);

const jobsOf = ({ effects }: RunPlan): readonly unknown[] => effects.filter((effect) => effect.do === 'createJob');

const PROVED: Parameters<typeof ended> = [0, { v: 1, outcome: 'succeeded', command: 'drill', plainBytes: 5_000_000, tables: 4, rows: 1000, constraints: 3, indexes: 2, sequences: 1, serverVersion: '14.12', startedAt: '2026-01-02T03:03:10Z', restoredAt: '2026-01-02T03:03:15Z', finishedAt: '2026-01-02T03:03:17Z' }];
const ASKED_FOR: Parameters<typeof ended> = [0, { ...(PROVED[1] as object), queries: [{ name: 'any', passed: true, answer: '7' }, { name: 'recent', passed: false, answer: 'false' }] }];
const failed = (reason: string, retryable = false): Parameters<typeof ended> => [1, { v: 1, outcome: 'failed', reason, message: 'as it says', retryable }];
const condition = (type: string, status: 'True' | 'False', reason: string): Condition => ({ type, status, reason, message: '', lastTransitionTime: NOW });

const said = ({ status }: RunPlan, type = 'RestoreProven'): string | undefined => {
  const found = status?.conditions?.find((one) => one.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};
const verificationOf = ({ status }: RunPlan): BackupStatus['verification'] => (status as BackupStatus | undefined)?.verification;

describe('a Backup that is Completed', () => {
  const ANSWERED = { ...DONE, verification: { time: NOW }, conditions: [condition('RestoreProven', 'True', 'Proven')] };
  test.each<{ why: string; object: Backup; drilled: boolean }>([
    { why: 'is drilled when its spec asks for it', object: aDrilled(), drilled: true },
    { why: 'is not when it does not', object: aDrilled({ spec: {} }), drilled: false },
    { why: 'is drilled when somebody asks for it', object: aDrilled({ spec: {}, request: '1' }), drilled: true },
    { why: 'is drilled once', object: aDrilled({ status: ANSWERED }), drilled: false },
    { why: 'is drilled again when somebody asks for it', object: aDrilled({ status: ANSWERED, request: '1' }), drilled: true },
    { why: 'once for each request', object: aDrilled({ status: { ...DONE, verification: { time: NOW, request: '1' } }, request: '1' }), drilled: false },
    { why: 'and not because a request was taken away', object: aDrilled({ status: { ...DONE, verification: { time: NOW, request: '1' } } }), drilled: false },
    { why: 'is not drilled before that', object: aDrilled({ status: { ...DONE, phase: 'InProgress' } }), drilled: false },
  ])('$why', ({ object, drilled }) => {
    expect(jobsOf(decide(object))).toHaveLength(drilled ? 1 : 0);
  });

  test('is drilled although its Database is gone', () => {
    expect(jobsOf(decide(aDrilled(), { database: undefined }))).toHaveLength(1);
  });

  test('is said to be proven by the drill before, until the next one has an answer', () => {
    const plan = decide(aDrilled({ status: ANSWERED, request: '1' }));
    expect([said(plan), verificationOf(plan)]).toEqual(['True Proven: ', { time: NOW, attempt: 1 }]);
  });

  test('waits for the keys of its bucket', () => {
    const plan = decide(aDrilled(), { credentials: { secret: 'keys', missing: true } });
    expect([plan.effects, said(plan)?.slice(0, 28)]).toEqual([[], 'Unknown CredentialsNotFound:']);
  });

  test('asks the API server before a drill starts', () => {
    expect(decide(aDrilled(), { certain: false })).toEqual({ effects: [], inDoubt: true });
  });

  test.each([
    { why: 'that is too large is refused with the size that it needs', status: { ...DONE, plainBytes: 1024 ** 3, rows: 0 }, says: /^False DrillVolumeTooSmall: .*needs about 2304Mi, and verification.volumeSize is 1Gi/ },
    { why: 'of short rows takes more than its dump', status: { ...DONE, plainBytes: 1000, rows: 100_000_000 }, says: /^False DrillVolumeTooSmall: .*needs about 5597Mi/ },
    { why: 'that does not say how large it is, is tried', status: { ...COMPLETED_BACKUP }, says: /^Unknown DrillInProgress/ },
  ])('$why', ({ status, says }) => {
    const plan = decide(aDrilled({ status }));
    expect(said(plan)).toMatch(says);
    expect(said(plan, 'Suspicious')).toBeUndefined();
  });
});

describe('a drill', () => {
  const first = aDrilled();
  const last = aDrilled({ status: { ...DONE, verification: { attempt: DRILL_ATTEMPTS } } });
  const known = aDrilled({ status: { ...DONE, conditions: [condition('OwnerRestorable', 'False', 'SuperuserNeeded')] } });
  test.each<{ why: string; object?: Backup; state?: Parameters<typeof ended>; says: RegExp; doubts?: RegExp; attempt?: number }>([
    { why: 'goes on', says: /^Unknown DrillInProgress: Job nightly-bbbbbbbb-drill-36a9e7f1-1 is at work/, attempt: 1 },
    { why: 'proves', state: PROVED, says: /^True Proven: 1000 rows of 4 tables were restored, as many as the backup holds, in 5 s into PostgreSQL 14.12; 3 constraints, 2 indexes and 1 sequences hold/ },
    { why: 'finds a wrong answer', state: ASKED_FOR, says: /^False QueryFailed: wrong answers: recent: false/, doubts: /^True DrillFailed: A drill failed on it: QueryFailed: wrong answers/ },
    { why: 'finds a corrupt backup', state: failed('BackupCorrupt'), says: /^False BackupCorrupt: as it says/, doubts: /^True DrillFailed: A drill failed on it: BackupCorrupt: as it says/ },
    { why: 'finds fewer rows', state: failed('RestoreFailed'), says: /^False RestoreFailed/, doubts: /^True DrillFailed/ },
    { why: 'finds a broken index', state: failed('ContentDamaged'), says: /^False ContentDamaged/, doubts: /^True DrillFailed/ },
    { why: 'cannot load what only a superuser can, as was said before', object: known, state: failed('RestoreFailed'), says: /^False RestoreFailed/ },
    { why: 'has no client for it, which says nothing against the backup', state: failed('ClientTooNew'), says: /^False ClientTooNew/ },
    { why: 'is tried again when it was stopped', state: failed('Cancelled', true), says: /^Unknown WaitingForRetry: Attempt 1 of 3 failed \(Cancelled: as it says\); the next one starts at 03:04:15Z/, attempt: 2 },
    { why: 'is given up when it was tried often enough', object: last, state: failed('ServerUnreachable', true), says: /^False ServerUnreachable/ },
  ])('$why', ({ object = first, state, says, doubts, attempt }) => {
    const plan = decide(object, drilling(object, state));
    expect(said(plan)).toMatch(says);
    if (doubts === undefined) expect(said(plan, 'Suspicious')).toBeUndefined();
    else expect(said(plan, 'Suspicious')).toMatch(doubts);
    expect(verificationOf(plan)?.attempt).toBe(attempt);
    expect(plan.status?.phase).toBe('Completed');
  });

  test('answers the time of its schedule, beside the annotation', () => {
    const schedule = aBackup({ status: { drill: { run: 'nightly', scheduledTime: '2026-01-02T03:00:00Z' } } });
    const asked = aDrilled({ status: { ...DONE, verification: { time: NOW, request: '1' } }, request: '1' });
    const requests = drillRequestsOf(asked, schedule);
    expect([requests.scheduledTime, drillRequestsOf(aBackup({ metadata: { name: 'another' } }), schedule).scheduledTime]).toEqual(['2026-01-02T03:00:00Z', undefined]);
    const begun = decide(asked, { drill: { requests } });
    expect(jobsOf(begun)).toHaveLength(1);
    const job = aJob({ owner: asked, metadata: { name: drillJobName(asked, requests) } });
    const answered = decide(asked, { drill: { requests, followUp: { job, pods: [aPod({ job, state: ended(...PROVED) })] } } });
    expect(verificationOf(answered)).toMatchObject({ request: '1', scheduledTime: '2026-01-02T03:00:00Z' });
    expect(decide({ ...asked, status: answered.status as BackupStatus }, { drill: { requests } })).toEqual({ effects: [] });
  });

  test('leaves its figures', () => {
    expect(verificationOf(decide(first, drilling(first, PROVED)))).toEqual({ time: NOW, durationSeconds: 7, tables: 4, rows: 1000, indexes: 2, bytesPerSecond: 1_000_000, serverVersion: '14.12' });
  });

  test('waits for its next attempt, which is another Job', () => {
    const later = aDrilled({ status: { ...DONE, verification: { attempt: 2, nextAttemptTime: '2026-01-02T03:04:15Z' } } });
    expect(decide(later)).toEqual({ effects: [], requeueAfterMs: 10_000 });
    expect(jobsOf(decide(later, {}, now + 10_000))).toMatchObject([{ object: { metadata: { name: 'nightly-bbbbbbbb-drill-36a9e7f1-2' } } }]);
  });

  test('that proves takes back what an earlier one said, and nothing else', () => {
    const doubtedBy = (reason: string): Backup => aDrilled({ status: { ...DONE, conditions: [condition('Suspicious', 'True', reason)] } });
    expect(said(decide(doubtedBy('DrillFailed'), drilling(doubtedBy('DrillFailed'), PROVED)), 'Suspicious')).toMatch(/^False Proven/);
    expect(said(decide(doubtedBy('RowsDropped'), drilling(doubtedBy('RowsDropped'), PROVED)), 'Suspicious')).toMatch(/^True RowsDropped/);
  });

  test('that fails makes a Backup that counts for good no more', () => {
    const { status } = decide(first, drilling(first, failed('BackupCorrupt')));
    expect([standingOf(first), standingOf({ ...first, status: status as BackupStatus })]).toEqual(['good', 'suspicious']);
  });

  test('says what keeps its server from starting', () => {
    const { drill: { requests, followUp } } = drilling(first);
    const waiting = { initContainerStatuses: [{ name: 'server', image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff', message: 'not there' } } }] };
    const pods = followUp.pods.map((pod) => ({ ...pod, status: waiting }));
    expect(said(decide(first, { drill: { requests, followUp: { ...followUp, pods } } }))).toMatch(/its server does not start: ImagePullBackOff: not there/);
  });
});

describe('the Job of a drill', () => {
  const folder = { type: 's3', name: 'bucket', path: 'a/b' } as const;
  const job = desiredDrillJob(aBackup({ spec: { ...ASKED, credentialsRef: { name: 'keys' } }, status: { ...DONE, serverImage: 'registry.test/postgres:14.9' } }), { folder, database: undefined, requests: {}, config: CONFIG });
  const pod = podSpecOf(job);

  test('is that of the golden manifest', async () => {
    await expectGolden(job, 'drill-job');
  });

  test('is let in by Pod Security restricted, and hardened', () => {
    expect([...restrictedViolations(pod), ...hardeningGaps(pod)]).toEqual([]);
  });

  test('sees the keys of the bucket, and no Secret of the Database', () => {
    expect(new Set(secretKeys(pod).map((key) => key.split('/')[0]))).toEqual(new Set(['keys']));
    expect(pod.initContainers?.[0]?.volumeMounts?.map(({ name }) => name)).toEqual(['drill-data', 'drill-socket', 'drill-tmp']);
  });

  test('is no run: nothing waits for it', () => {
    expect(Object.keys((job.metadata as { labels?: object }).labels ?? {})).not.toContain('database.example.com/run');
    expect(job.metadata).toMatchObject({ labels: { [LABEL_DRILL]: 'nightly' } });
  });

  test.each<{ why: string; status: BackupStatus; server: ReturnType<typeof serverOfBackup> }>([
    { why: 'that its Backup was made with', status: { ...DONE, serverImage: 'postgres:14.9' }, server: { image: 'postgres:14.9' } },
    { why: 'with the libraries that it had', status: { ...DONE, serverImage: 'postgres:14.9', serverLibraries: 'timescaledb' }, server: { image: 'postgres:14.9', libraries: 'timescaledb' } },
    { why: 'of the Database, for a Backup that does not say', status: DONE, server: { image: 'postgres:14', libraries: 'pg_stat_statements' } },
    { why: 'of the major version alone, when another Database has its name', status: { ...DONE, databaseUID: 'gone', serverVersion: '16.2' }, server: { image: 'postgres:16' } },
  ])('runs the server $why', ({ status, server }) => {
    expect(serverOfBackup(aBackup({ status }), aDatabase({ spec: { parameters: { shared_preload_libraries: 'pg_stat_statements' } }, status: READY }))).toEqual(server);
  });

  test('hands what a user wrote to the server as an argument, which no shell and no kubelet reads', () => {
    const { initContainers: [server] = [] } = podSpecOf(desiredDrillJob(aBackup({ spec: ASKED, status: { ...DONE, serverImage: 'postgres:14', serverLibraries: '$libdir/a, "$(id)"' } }), { folder, database: undefined, requests: {}, config: CONFIG }));
    expect([server?.args?.at(-1), server?.command?.join()]).toEqual(['shared_preload_libraries=$$libdir/a, "$$(id)"', expect.not.stringContaining('libdir')]);
  });

  test.each([
    { keepLogs: undefined, seconds: 3600 },
    { keepLogs: '24h', seconds: 86_400 },
    { keepLogs: '999999h', seconds: 2 ** 31 - 1 },
  ])('stays for its logs: keepLogs $keepLogs', ({ keepLogs, seconds }) => {
    const backup = aBackup({ spec: { verification: { ...ASKED.verification, ...(keepLogs !== undefined && { keepLogs }) } }, status: DONE });
    expect(desiredDrillJob(backup, { folder, database: undefined, requests: {}, config: CONFIG })).toMatchObject({ spec: { ttlSecondsAfterFinished: seconds } });
  });
});

describe('the network of a drill', () => {
  const claim = { type: 'claim', name: 'orders-backups', path: 'a/b' } as const;
  const bucket = { type: 's3', name: 'bucket', path: 'a/b' } as const;

  test('is made before its Job', () => {
    expect(decide(aDrilled()).effects.map((effect) => ('object' in effect ? effect.object.kind : effect.do))).toEqual(['NetworkPolicy', 'Job']);
  });

  test('is none at all for a backup in a claim', async () => {
    await expectGolden(desiredNetworkPolicy(aDrilled(), claim), 'drill-network-policy');
  });

  test('is for a backup in a bucket what its namespace has, and nobody comes in', () => {
    expect(desiredNetworkPolicy(aDrilled(), bucket)).toMatchObject({ spec: { policyTypes: ['Ingress'] } });
    expect(JSON.stringify(desiredNetworkPolicy(aDrilled(), bucket))).not.toMatch(/"(ingress|egress)"/);
  });

  test('is that of its pods, and of no others', () => {
    const policy = desiredNetworkPolicy(aDrilled(), claim) as { spec?: { podSelector?: { matchLabels?: object } } };
    const job = desiredDrillJob(aDrilled(), { folder: claim, database: undefined, requests: {}, config: CONFIG }) as { spec?: { template?: { metadata?: { labels?: object } } } };
    expect(policy.spec?.podSelector?.matchLabels).toEqual({ [LABEL_DRILL]: 'nightly' });
    expect(job.spec?.template?.metadata?.labels).toMatchObject({ [LABEL_DRILL]: 'nightly' });
  });
});
