// When a schedule has its newest good run drilled, and what the newest drill of its runs found. It says in its status which run it wants
// to be drilled, and the run looks there. Pure.
import { ConditionType, findCondition, newestGood, Reason, timeOf, type Backup, type BackupStatus, type ConditionUpdate } from '@postgres-operator/api';
import { DRILL_ATTEMPTS } from '../backup/drill/decide.ts';
import { readSchedule, type Slots } from './cron.ts';
import { dueSlot } from './due.ts';
import type { ScheduleWorld } from './world.ts';

/** What verification.schedule comes to. */
export interface DrillTiming {
  readonly fields: Pick<BackupStatus, 'drill' | 'nextDrillTime'>;
  /** RestoreProven, where there is something to say. */
  readonly conditions: readonly ConditionUpdate[];
  /** The first slot that has not come, in milliseconds since the epoch. */
  readonly wakeAt?: number;
}

/** Decides at a moment. A slot at which there is no good run, or at which the drill before is still under way, is left out; a schedule that is suspended has drills all the same. */
export function drillTimingOf({ object, runs }: ScheduleWorld, now: number): DrillTiming {
  const { metadata, spec, status } = object;
  if (spec.verification?.schedule === undefined) return { fields: {}, conditions: newestProof(runs) };
  const slots = readSchedule(spec.verification.schedule, { timeZone: spec.timeZone, seed: metadata.uid });
  if ('problem' in slots) return { fields: { ...kept(status) }, conditions: [proof('False', Reason.InvalidSchedule, `verification.schedule: ${slots.problem}`)] };
  return { ...bySlots(object, { slots, runs }, now), conditions: newestProof(runs) };
}

function bySlots({ status }: Backup, { slots, runs }: { slots: Slots; runs: readonly Backup[] }, now: number): Omit<DrillTiming, 'conditions'> {
  const expected = status?.nextDrillTime === undefined ? undefined : Date.parse(status.nextDrillTime);
  const { slot, next } = dueSlot(slots, { expected, since: now, deadlineMs: Number.POSITIVE_INFINITY }, now);
  const run = slot === undefined || isUnderWay(status, runs, now) ? undefined : newestGood(runs);
  const fields = { ...kept(status), ...(slot !== undefined && run && { drill: { run: run.metadata.name, scheduledTime: timeOf(slot) } }) };
  return next === undefined ? { fields } : { fields: { ...fields, nextDrillTime: timeOf(next) }, wakeAt: next };
}

/**
 * True while the drill that was asked for last has no answer: to ask for another one would begin anew, and where a drill takes longer than it is
 * from slot to slot, none would ever end. For no longer than its attempts may take: what it waits for then, the next one may have.
 */
function isUnderWay({ drill }: BackupStatus = {}, runs: readonly Backup[], now: number): boolean {
  const run = runs.find(({ metadata }) => metadata.name === drill?.run);
  if (drill === undefined || run === undefined || run.status?.verification?.scheduledTime === drill.scheduledTime) return false;
  return now - Date.parse(drill.scheduledTime) < DRILL_ATTEMPTS * run.spec.activeDeadlineSeconds * 1000;
}

const kept = (status: BackupStatus | undefined): Pick<BackupStatus, 'drill'> => (status?.drill ? { drill: status.drill } : {});

const proof = (status: ConditionUpdate['status'], reason: string, message: string): ConditionUpdate => ({ type: ConditionType.RestoreProven, status, reason, message });

/** What the run that was drilled last says of it. */
function newestProof(runs: readonly Backup[]): ConditionUpdate[] {
  const drilledAt = ({ status }: Backup): string => status?.verification?.time ?? '';
  const [newest] = runs.filter((run) => drilledAt(run) !== '').sort((one, other) => (drilledAt(one) < drilledAt(other) ? 1 : -1));
  const found = findCondition(newest?.status?.conditions, ConditionType.RestoreProven);
  return newest === undefined || found === undefined ? [] : [proof(found.status, found.reason, `${newest.metadata.name}: ${found.message}`)];
}
