// Runs schedules: a random part, then calm until nothing happens any more, then the question whether all is right.
import { ConditionType, findCondition, Reason, type Condition } from '@postgres-operator/api';
import { RESOURCES } from '../../src/kube/resources.ts';
import { judgeCalm } from './calm.ts';
import { Violation } from './violation.ts';
import type { Breakage } from './operator-process.ts';
import { createBackup, createDatabase } from './user.ts';
import { World } from './world.ts';

/** Steps that a quiet cluster may take after the last event from outside: a bound on the operator's patience, not on its speed. */
export const QUIET_WITHIN = 2000;
/** Times that all timers fire; retries that back off must have come to an end, or to nothing new, by then. */
const ROUNDS = 12;

/** Lets everything calm down. @throws Violation when it does not, or is not right then. */
export async function calmDown(world: World): Promise<void> {
  let left = QUIET_WITHIN - (await world.settle(QUIET_WITHIN));
  let writes = -1;
  for (let round = 0; world.writes !== writes || isPausing(world); round += 1) {
    if (round > ROUNDS) throw new Violation(`still writing after all timers fired ${ROUNDS} times`);
    writes = world.writes;
    world.fireTimers();
    left -= await world.settle(left);
  }
  judgeCalm(world.witness);
}

/** True while the time of a next attempt, of a next check or of a replaced database has not come: a timer that fires before it writes nothing. */
function isPausing({ api, clock }: World): boolean {
  if (api.all(RESOURCES.databases).some(({ status }) => Date.parse(status?.consistency?.nextCheckTime ?? '') > clock.now())) return true;
  return [...api.all(RESOURCES.backups), ...api.all(RESOURCES.restores)].some(({ status }) => Date.parse(status?.nextAttemptTime ?? '') > clock.now() || isKept(status?.conditions));
}

const isKept = (conditions: readonly Condition[] | undefined): boolean => {
  const kept = findCondition(conditions, ConditionType.PreviousKept);
  return kept?.status === 'True' && kept.reason !== Reason.WaitingToDrop;
};

/** Worlds in which schedules begin. */
export async function beginnings(): Promise<World[]> {
  const empty = new World();
  const ready = new World();
  createDatabase(ready.api, 'a');
  await calmDown(ready);
  const backedUp = new World({ from: ready });
  createBackup(backedUp.api, 'x', 'a');
  await calmDown(backedUp);
  return [ready, backedUp, empty];
}

export interface Played {
  readonly from: World;
  readonly numbers: readonly number[];
  readonly breakage?: Breakage | undefined;
  readonly trace?: string[];
}

/** Plays one schedule to its quiet end. @throws Violation */
export async function playSchedule({ from, numbers, breakage, trace }: Played): Promise<void> {
  const world = new World({ from, breakage, trace });
  for (const number of numbers) await world.play(number);
  await calmDown(world);
}
