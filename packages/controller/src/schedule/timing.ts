// Whether a schedule starts a run now, and what its status says of time. Pure.
import { ANNOTATION_RUN_NOW, ConditionType, Reason, specViolation, timeOf, type Backup, type BackupStatus, type ConditionUpdate } from '@postgres-operator/api';
import { isTerminal } from '../run/turn.ts';
import { childName } from './child-name.ts';
import { readSchedule, type Slots } from './cron.ts';
import { dueSlot, MOST_MISSED, type Expectation } from './due.ts';
import type { ScheduleWorld } from './world.ts';

/** What time comes to. */
export interface Timing {
  /** The time of the run that is to be created now, in milliseconds since the epoch. */
  readonly start?: number;
  readonly fields: Pick<BackupStatus, 'effectiveSchedule' | 'lastScheduledTime' | 'nextScheduledTime' | 'missedRuns' | 'runNow'>;
  readonly condition: ConditionUpdate;
  /** True when the spec cannot be read: then nothing is deleted by its rules either. */
  readonly unreadable?: true;
  /** For people, when runs were missed. */
  readonly missed?: string;
  /** The first slot that has not come, in milliseconds since the epoch. */
  readonly wakeAt?: number;
}

/** Decides at a moment. */
export function timingOf(world: ScheduleWorld, now: number): Timing {
  const { object, database } = world;
  const { lastScheduledTime, missedRuns, runNow } = object.status ?? {};
  const kept = { ...(lastScheduledTime !== undefined && { lastScheduledTime }), ...(missedRuns !== undefined && { missedRuns }), ...(runNow && { runNow }) };
  const broken = (reason: string, message: string): Timing => ({ fields: kept, condition: scheduled('False', reason, message), unreadable: true });
  const violation = specViolation(object);
  if (violation !== undefined) return broken(Reason.InvalidSpec, violation);
  const slots = readSchedule(object.spec.schedule ?? '', { timeZone: object.spec.timeZone, seed: object.metadata.uid });
  if ('problem' in slots) return broken(Reason.InvalidSchedule, slots.problem);
  const fields = { effectiveSchedule: slots.text, ...kept };
  if (object.spec.suspend === true) return onDemand(world, { fields, condition: scheduled('False', Reason.Suspended, 'suspend is true: nothing is run by schedule') }, now);
  const timing = bySlots(world, { slots, fields }, now);
  if (database !== undefined) return onDemand(world, timing, now);
  return { ...timing, condition: scheduled('False', Reason.DatabaseNotFound, `Database ${object.spec.databaseRef.name} does not exist in this namespace: there is nothing to back up`) };
}

const scheduled = (status: 'True' | 'False', reason: string, message: string): ConditionUpdate => ({ type: ConditionType.Scheduled, status, reason, message });

function bySlots({ object, runs, database }: ScheduleWorld, { slots, fields }: { slots: Slots; fields: Timing['fields'] }, now: number): Timing {
  const { slot, next, missed: earlier } = dueSlot(slots, expectationOf(object, now), now);
  // The answer to its creation may have been lost.
  const isThere = slot !== undefined && runs.some((run) => run.metadata.name === childName(object.metadata.name, slot));
  const obstacle = slot === undefined || isThere ? undefined : whyNot(runs, database !== undefined);
  const missed = earlier + (obstacle === undefined ? 0 : 1);
  const timing = { condition: foreseen(slots, next), ...tell(missed, obstacle ?? whyMissed(slot)), ...(next !== undefined && { wakeAt: next }) };
  const ahead = { ...fields, ...(next !== undefined && { nextScheduledTime: timeOf(next) }), ...missedRuns(fields, missed) };
  if (slot === undefined || obstacle !== undefined) return { fields: ahead, ...timing };
  return { ...(!isThere && { start: slot }), fields: { ...ahead, lastScheduledTime: timeOf(slot) }, ...timing };
}

const expectationOf = ({ spec, metadata, status }: Backup, now: number): Expectation => ({
  expected: status?.nextScheduledTime === undefined ? undefined : Date.parse(status.nextScheduledTime),
  since: (status?.observedGeneration ?? -1) < 0 ? Date.parse(metadata.creationTimestamp ?? '') : now,
  deadlineMs: (spec.startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000,
});

const foreseen = ({ text }: Slots, next: number | undefined): ConditionUpdate =>
  next === undefined ? scheduled('False', Reason.NeverDue, `No day will ever be the one of ${text}`) : scheduled('True', Reason.Scheduled, `The next run is due at ${timeOf(next)}`);

const whyMissed = (slot: number | undefined): string => (slot === undefined ? 'startingDeadlineSeconds had passed' : 'the controller was down, and one run makes up for them');

const missedRuns = ({ missedRuns: before = 0 }: Timing['fields'], missed: number): { missedRuns?: number } => (missed === 0 ? {} : { missedRuns: before + missed });

const tell = (missed: number, why: string): { missed?: string } => (missed === 0 ? {} : { missed: `${missed}${missed >= MOST_MISSED ? ' or more' : ''} ${missed === 1 ? 'run was' : 'runs were'} due and not started: ${why}` });

function whyNot(runs: ScheduleWorld['runs'], exists: boolean): string | undefined {
  const open = runs.find((run) => !isTerminal(run));
  if (open !== undefined) return `run ${open.metadata.name} has not ended`;
  return exists ? undefined : 'the Database does not exist';
}

/** Adds the run that an annotation asks for. First it is noted when that was seen: the name of the run follows from it. */
function onDemand({ object, runs }: ScheduleWorld, timing: Timing, now: number): Timing {
  const value = object.metadata.annotations?.[ANNOTATION_RUN_NOW] ?? '';
  const { runNow } = object.status ?? {};
  if (value === '') return timing;
  if (runNow?.value !== value) return { ...timing, fields: { ...timing.fields, runNow: { value, requestedAt: timeOf(freeTime({ object, runs }, now)) } } };
  return runNow.run === undefined ? startOnDemand({ object, runs }, timing, runNow) : timing;
}

/** Names have whole seconds: a run may have begun in this one. */
const freeTime = (world: Pick<ScheduleWorld, 'object' | 'runs'>, at: number): number =>
  world.runs.some(({ metadata }) => metadata.name === childName(world.object.metadata.name, at)) ? freeTime(world, at + 1000) : at;

function startOnDemand({ object, runs }: Pick<ScheduleWorld, 'object' | 'runs'>, timing: Timing, runNow: NonNullable<BackupStatus['runNow']>): Timing {
  const at = Date.parse(runNow.requestedAt);
  const run = childName(object.metadata.name, at);
  const fields = { ...timing.fields, runNow: { ...runNow, run } };
  if (runs.some(({ metadata }) => metadata.name === run)) return { ...timing, fields };
  // One run at a time; the end of the other one wakes this schedule.
  if (timing.start !== undefined || runs.some((other) => !isTerminal(other))) return timing;
  return { ...timing, start: at, fields };
}
