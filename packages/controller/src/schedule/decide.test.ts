import { ANNOTATION_ACCEPTED, ANNOTATION_PRUNED, ANNOTATION_RUN_NOW, LABEL_SCHEDULE, LABEL_SCHEDULE_UID, type Backup, type BackupSpec, type BackupStatus, type Condition } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, COMPLETED_BACKUP } from '../../test/fixtures.ts';
import { decideSchedule, type SchedulePlan } from './decide.ts';
import type { ScheduleWorld } from './world.ts';

const at = (text: string): number => Date.parse(`2026-01-02T${text}Z`);
const time = (text: string): string => `2026-01-02T${text}Z`;
const UID = 'bbbbbbbb-0000-4000-8000-000000000000';

interface ASchedule {
  readonly spec?: Partial<BackupSpec>;
  readonly status?: BackupStatus;
  readonly annotations?: Record<string, string>;
  readonly name?: string;
}

/** `nightly`, created at 3:00, every hour. */
const aSchedule = ({ spec, status, annotations, name = 'nightly' }: ASchedule = {}): Backup =>
  aBackup({ metadata: { name, ...(annotations && { annotations }) }, spec: { schedule: '0 * * * *', ...spec }, ...(status && { status: { observedGeneration: 1, ...status } }) });

/** A run of it by its time of day: '0400 good', '0500 failed', 'suspicious', 'open', with marks pinned, pruned, accepted. */
function aRun(line: string): Backup {
  const [slot = '', state = 'good', ...marks] = line.split(' ');
  const when = time(`${slot.slice(0, 2)}:${slot.slice(2, 4)}:30`);
  const suspicious: Condition = { type: 'Suspicious', status: 'True', reason: 'RowsDropped', message: '', lastTransitionTime: when };
  const ready: Condition = { type: 'BackupReady', status: state === 'good' ? 'True' : 'False', reason: state, message: `it is ${state}`, lastTransitionTime: when };
  const ended = state === 'failed' ? { phase: 'Failed', completedAt: when } as const : { ...COMPLETED_BACKUP, backupTime: when, completedAt: when };
  const annotations = { ...(marks.includes('accepted') && { [ANNOTATION_ACCEPTED]: 'yes' }), ...(marks.includes('pruned') && { [ANNOTATION_PRUNED]: 'true' }) };
  return aBackup({
    metadata: { name: `nightly-20260102-${slot}00`, uid: `uid-${slot}`, creationTimestamp: when, labels: { [LABEL_SCHEDULE]: 'nightly', [LABEL_SCHEDULE_UID]: UID }, annotations },
    spec: { ...(marks.includes('pinned') && { pinned: true }) },
    status: state === 'open' ? { phase: 'InProgress', conditions: [ready] } : { ...ended, conditions: [ready, ...(state === 'suspicious' ? [suspicious] : [])] },
  });
}

const worldOf = (schedule: Backup, runs: readonly string[] = [], parts: Partial<ScheduleWorld> = {}): ScheduleWorld => ({ object: schedule, runs: runs.map(aRun), database: aDatabase(), inUse: new Set(), certain: true, ...parts });

/** Names of the runs that a plan creates and deletes. */
const doneBy = ({ effects }: SchedulePlan): string[] =>
  effects.map((effect) => {
    if (effect.do === 'createRun') return `create ${effect.object.metadata.name}`;
    if (effect.do === 'markBackup') return `mark ${effect.object.metadata.name} ${effect.object.metadata.finalizers.length === 0 ? 'kept' : 'pruned'}`;
    return effect.do === 'delete' ? `delete ${effect.target.name}` : effect.do;
  });
const conditionOf = ({ status }: SchedulePlan, type: string): string => {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found === undefined ? 'absent' : `${found.status} ${found.reason}`;
};

describe('a schedule', () => {
  const expecting = (next: string, more: BackupStatus = {}): BackupStatus => ({ nextScheduledTime: time(next), ...more });
  test.each<{ why: string; schedule?: ASchedule; runs?: string[]; now: string; parts?: Partial<ScheduleWorld>; does?: string[]; status?: object; scheduled?: string; missed?: string }>([
    { why: 'waits for its first slot', now: '03:04:05', status: { phase: 'Pending', nextScheduledTime: time('04:00:00'), effectiveSchedule: '0 * * * * Etc/UTC', backupCount: 0, observedGeneration: 1 } },
    { why: 'creates a run when it is due', schedule: { status: expecting('04:00:00') }, now: '04:00:00', does: ['create nightly-20260102-040000'], status: { lastScheduledTime: time('04:00:00'), nextScheduledTime: time('05:00:00') } },
    { why: 'creates one run after downtime over three slots', schedule: { status: expecting('04:00:00', { missedRuns: 5 }) }, now: '06:20:00', does: ['create nightly-20260102-060000'], status: { lastScheduledTime: time('06:00:00'), nextScheduledTime: time('07:00:00'), missedRuns: 7 }, missed: '2 runs were due and not started: the controller was down, and one run makes up for them' },
    { why: 'creates no second one when the answer to the creation was lost', schedule: { status: expecting('04:00:00') }, runs: ['0400 open'], now: '04:00:20', status: { phase: 'InProgress', lastScheduledTime: time('04:00:00'), nextScheduledTime: time('05:00:00') } },
    { why: 'creates none while another one is open, and counts it', schedule: { status: expecting('05:00:00') }, runs: ['0400 open'], now: '05:00:00', status: { nextScheduledTime: time('06:00:00'), missedRuns: 1, newestRun: 'nightly-20260102-040000' }, missed: '1 run was due and not started: run nightly-20260102-040000 has not ended' },
    { why: 'goes by the latest that may be', schedule: { spec: { startingDeadlineSeconds: 60 }, status: expecting('04:00:00') }, now: '04:05:00', status: { nextScheduledTime: time('05:00:00'), missedRuns: 1 }, missed: '1 run was due and not started: startingDeadlineSeconds had passed' },
    { why: 'runs nothing while it is suspended', schedule: { spec: { suspend: true }, status: expecting('04:00:00') }, now: '04:00:00', status: { nextScheduledTime: undefined }, scheduled: 'False Suspended' },
    { why: 'makes up for nothing when that is over', schedule: { status: { lastScheduledTime: time('01:00:00') } }, now: '06:20:00', status: { nextScheduledTime: time('07:00:00'), lastScheduledTime: time('01:00:00') } },
    { why: 'shows at once what an edit comes to', schedule: { spec: { schedule: '30 3 * * *' }, status: expecting('04:00:00') }, now: '03:10:00', status: { nextScheduledTime: time('03:30:00'), effectiveSchedule: '30 3 * * * Etc/UTC' } },
    { why: 'has no Database to back up', schedule: { status: expecting('04:00:00') }, now: '04:00:00', parts: { database: undefined }, status: { missedRuns: 1, nextScheduledTime: time('05:00:00') }, scheduled: 'False DatabaseNotFound', missed: '1 run was due and not started: the Database does not exist' },
    { why: 'creates a run for a Database that is not Ready: that one waits', schedule: { status: expecting('04:00:00') }, now: '04:00:00', parts: { database: aDatabase({ status: { phase: 'Deploying' } }) }, does: ['create nightly-20260102-040000'] },
    { why: 'says what cannot be read', schedule: { spec: { schedule: '61 * * * *' } }, now: '04:00:00', scheduled: 'False InvalidSchedule' },
    { why: 'says that its zone is not known', schedule: { spec: { timeZone: 'Mars/Olympus' } }, now: '04:00:00', scheduled: 'False InvalidSchedule' },
    { why: 'says that it is never due', schedule: { spec: { schedule: '0 0 30 2 *' } }, now: '04:00:00', scheduled: 'False NeverDue' },
    { why: 'says that its name is too long', schedule: { name: 'n'.repeat(37) }, now: '04:00:00', scheduled: 'False InvalidSpec' },
    { why: 'notes first when a run was asked for', schedule: { annotations: { [ANNOTATION_RUN_NOW]: 'a' }, status: expecting('04:00:00') }, now: '03:30:07', status: { runNow: { value: 'a', requestedAt: time('03:30:07') } } },
    { why: 'then creates it', schedule: { annotations: { [ANNOTATION_RUN_NOW]: 'a' }, status: expecting('04:00:00', { runNow: { value: 'a', requestedAt: time('03:30:07') } }) }, now: '03:30:08', does: ['create nightly-20260102-033007'], status: { runNow: { value: 'a', requestedAt: time('03:30:07'), run: 'nightly-20260102-033007' }, lastScheduledTime: undefined, nextScheduledTime: time('04:00:00') } },
    { why: 'does so once', schedule: { annotations: { [ANNOTATION_RUN_NOW]: 'a' }, status: expecting('04:00:00', { runNow: { value: 'a', requestedAt: time('03:30:07'), run: 'nightly-20260102-033007' } }) }, now: '03:40:00' },
    { why: 'does so again for another value', schedule: { annotations: { [ANNOTATION_RUN_NOW]: 'b' }, status: expecting('04:00:00', { runNow: { value: 'a', requestedAt: time('03:30:07'), run: 'x' } }) }, now: '03:40:00', status: { runNow: { value: 'b', requestedAt: time('03:40:00') } } },
    { why: 'does so for one that is asked for in the second of another', schedule: { annotations: { [ANNOTATION_RUN_NOW]: 'b' }, status: expecting('05:00:00', { runNow: { value: 'a', requestedAt: time('04:00:00'), run: 'nightly-20260102-040000' } }) }, runs: ['0400 good'], now: '04:00:00', status: { runNow: { value: 'b', requestedAt: time('04:00:01') } } },
    { why: 'does so while it is suspended', schedule: { spec: { suspend: true }, annotations: { [ANNOTATION_RUN_NOW]: 'a' }, status: { runNow: { value: 'a', requestedAt: time('03:30:07') } } }, now: '03:30:08', does: ['create nightly-20260102-033007'], scheduled: 'False Suspended' },
    { why: 'lets a run end before the one that was asked for', schedule: { annotations: { [ANNOTATION_RUN_NOW]: 'a' }, status: expecting('05:00:00', { runNow: { value: 'a', requestedAt: time('04:30:07') } }) }, runs: ['0400 open'], now: '04:30:08', status: { runNow: { value: 'a', requestedAt: time('04:30:07') } } },
    { why: 'does nothing once it is being deleted', schedule: { status: expecting('04:00:00') }, now: '04:00:00', parts: { object: { ...aSchedule(), metadata: { ...aSchedule().metadata, deletionTimestamp: time('03:59:00') } } }, scheduled: 'absent' },
  ])('$why', ({ schedule, runs, now, parts, does = [], status = {}, scheduled = 'True Scheduled', missed }) => {
    const plan = decideSchedule(worldOf(aSchedule(schedule), runs, parts), at(now));
    expect(doneBy(plan)).toEqual(does);
    expect(plan.status ?? {}).toMatchObject(Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)));
    for (const [field, value] of Object.entries(status)) if (value === undefined) expect(plan.status).not.toHaveProperty(field);
    expect(conditionOf(plan, 'Scheduled')).toBe(scheduled);
    expect(plan.notice?.message).toBe(missed);
  });

  test('wakes for its next slot, and looks at the clock every ten minutes', () => {
    expect(decideSchedule(worldOf(aSchedule()), at('03:58:00')).requeueAfterMs).toBe(120_000);
    expect(decideSchedule(worldOf(aSchedule()), at('03:10:00')).requeueAfterMs).toBe(600_000);
  });

  test('that nobody has looked at yet is due since it was created, whatever the API server fills in', () => {
    const spec = { schedule: '2 3 * * *' };
    const unseen = decideSchedule(worldOf(aBackup({ spec, status: { observedGeneration: -1 } })), at('04:00:00'));
    expect(doneBy(unseen)).toEqual(doneBy(decideSchedule(worldOf(aBackup({ spec })), at('04:00:00'))));
    expect(doneBy(unseen)).toHaveLength(1);
  });

  test('is quiet: the same world and moment give the same status', () => {
    const first = decideSchedule(worldOf(aSchedule(), ['0400 good']), at('04:10:00'));
    expect(decideSchedule(worldOf(aSchedule({ ...(first.status && { status: first.status }) }), ['0400 good']), at('04:20:00')).status).toEqual(first.status);
  });

  test('shows its newest run, and counts the good ones', () => {
    const { status } = decideSchedule(worldOf(aSchedule(), ['0400 good', '0500 suspicious accepted', '0600 suspicious', '0700 failed']), at('07:10:00'));
    expect(status).toMatchObject({ phase: 'Failed', newestRun: 'nightly-20260102-070000', newestGood: 'nightly-20260102-050000', backupCount: 2, backupTime: time('05:00:30') });
    expect(status?.conditions?.find(({ type }) => type === 'BackupReady')).toMatchObject({ status: 'False', reason: 'failed', message: 'nightly-20260102-070000: it is failed' });
  });
});

describe('a run', () => {
  test('is the schedule without its schedule, and has no owner', () => {
    const schedule = aSchedule({ spec: { timeZone: 'Europe/Berlin', suspend: false, retention: 3, startingDeadlineSeconds: 60, storageLocation: 's3://bucket/x', anomaly: { maxMissingTables: 2 }, verification: { schedule: '@weekly', volumeSize: '2Gi' } }, status: { nextScheduledTime: time('04:00:00') } });
    const [effect] = decideSchedule(worldOf(schedule), at('04:00:00')).effects;
    expect(effect).toMatchObject({ do: 'createRun', object: { metadata: { labels: { [LABEL_SCHEDULE]: 'nightly', [LABEL_SCHEDULE_UID]: UID } }, spec: { databaseRef: { name: 'orders' }, storageLocation: 's3://bucket/x', anomaly: { maxMissingTables: 2 }, backoffLimit: 0 } } });
    expect(JSON.stringify(effect)).not.toMatch(/ownerReferences|"schedule":|timeZone|suspend|startingDeadline|retention|finalizers/);
  });
});

describe('retention', () => {
  const two = { spec: { retention: 2 } };
  const told = (slot: string, after: string): NonNullable<BackupStatus['deletingNext']>[number] => ({ name: `nightly-20260102-${slot}00`, after: time(after) });
  test.each<{ why: string; schedule?: ASchedule; runs: string[]; now?: string; parts?: Partial<ScheduleWorld>; does?: string[]; next?: object[]; frozen?: string }>([
    { why: 'deletes nothing of as many as are kept', runs: ['0400', '0500'] },
    { why: 'tells first what it deletes', runs: ['0400', '0500', '0600'], next: [told('0400', '06:10:30')] },
    { why: 'then waits', schedule: { status: { deletingNext: [told('0400', '06:10:30')] } }, runs: ['0400', '0500', '0600'], now: '06:10:29', next: [told('0400', '06:10:30')] },
    { why: 'then deletes it with its data', schedule: { status: { deletingNext: [told('0400', '06:10:30')] } }, runs: ['0400', '0500', '0600'], now: '06:10:30', next: [told('0400', '06:10:30')], does: ['mark nightly-20260102-040000 pruned', 'delete nightly-20260102-040000'] },
    { why: 'deletes nothing that a Restore is reading', schedule: { status: { deletingNext: [told('0400', '06:10:30')] } }, runs: ['0400', '0500', '0600'], now: '06:10:30', next: [told('0400', '06:10:30')], parts: { inUse: new Set(['nightly-20260102-040000']) } },
    { why: 'takes back what was told when it is pinned meanwhile', schedule: { status: { deletingNext: [told('0400', '06:10:30')] } }, runs: ['0400 good pinned', '0500', '0600'], now: '06:10:30' },
    { why: 'takes back its mark when more are kept meanwhile', runs: ['0400 good pruned', '0500'], does: ['mark nightly-20260102-040000 kept'] },
    { why: 'stands still while the newest run has failed', schedule: { status: { deletingNext: [told('0400', '06:10:30')] } }, runs: ['0400', '0500', '0600', '0700 failed'], now: '07:10:00', frozen: 'True NewestNotGood' },
    { why: 'stands still while the newest run is suspicious', runs: ['0400', '0500', '0600', '0700 suspicious'], now: '07:10:00', frozen: 'True NewestNotGood' },
    { why: 'goes on when a person has accepted it', schedule: { status: { conditions: [{ type: 'RetentionFrozen', status: 'True', reason: 'x', message: '', lastTransitionTime: time('00:00:00') }] } }, runs: ['0400', '0500', '0600 suspicious accepted'], next: [told('0400', '06:10:30')], frozen: 'False RulesFollowed' },
    { why: 'deletes old failed runs without more ado', schedule: { status: { deletingNext: [told('0100', '06:00:00')] } }, runs: ['0100 failed', '0200 failed', '0300 failed', '0400 failed', '0500'], does: ['delete nightly-20260102-010000'], next: [told('0100', '06:00:00')] },
    { why: 'goes by the rules where there are some', schedule: { spec: { retention: 1, retentionPolicy: { maxAge: '2h' } } }, runs: ['0300', '0500', '0600'], next: [told('0300', '06:10:30')] },
  ])('$why', ({ schedule = {}, runs, now = '06:10:00', parts, does = [], next = [], frozen = 'absent' }) => {
    const plan = decideSchedule(worldOf(aSchedule({ ...schedule, spec: { ...two.spec, ...schedule.spec }, status: { nextScheduledTime: time('09:00:00'), ...schedule.status } }), runs, parts), at(now));
    expect(doneBy(plan)).toEqual(does);
    expect(plan.status?.deletingNext ?? []).toEqual(next);
    expect(conditionOf(plan, 'RetentionFrozen')).toBe(frozen);
  });

  test('asks the API server before it deletes', () => {
    const schedule = aSchedule({ ...two, status: { nextScheduledTime: time('09:00:00'), deletingNext: [told('0400', '06:10:30')] } });
    expect(decideSchedule(worldOf(schedule, ['0400', '0500', '0600'], { certain: false }), at('06:10:30'))).toEqual({ effects: [], inDoubt: true });
  });

  test('comes back when the time of the first one is over', () => {
    const plan = decideSchedule(worldOf(aSchedule({ ...two, status: { nextScheduledTime: time('09:00:00') } }), ['0400', '0500', '0600']), at('06:10:00'));
    expect(plan.requeueAfterMs).toBe(30_000);
  });
});
