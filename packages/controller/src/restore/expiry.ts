// What a Restore replaced is dropped when its time is over. The Restore has ended by then: only a condition of it still moves. Pure.
import { ConditionType, findCondition, Reason, timeOf, type DropPreviousRequest, type Restore } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import type { Writable } from '../kube/client.ts';
import { checkDatabase } from '../run/checks.ts';
import { desiredJob, identitiesOf } from '../run/desired-job.ts';
import { followUpName, FOLLOW_UP_SECONDS, type FollowUp } from '../run/follow-up.ts';
import { IN_DOUBT, RECHECK_MS, type RunPlan } from '../run/kind.ts';
import { requestHead, serverOf } from '../run/server.ts';
import { deletionOf } from '../reconcile/plan.ts';
import { statusWriter } from '../run/status.ts';
import { isTerminal } from '../run/turn.ts';
import { isSure, verdict, type Succeeded } from '../run/verdict.ts';
import { wasEdited } from './check-previous.ts';
import type { RestoreWorld } from './world.ts';

type Names = Parameters<typeof statusWriter>[0];
type Previous = NonNullable<NonNullable<Restore['status']>['previousDatabase']>;

const NOTHING: RunPlan = { effects: [] };
/** Timers are set anew at least so often. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS] = [10_000, 3_600_000];

/** Decides about a Restore that has ended. */
export function expire(names: Names, config: Config, world: RestoreWorld, now: number): RunPlan {
  const { object, goingBack } = world;
  const { previousDatabase: previous, conditions, restoreTime = '' } = object.status ?? {};
  if (previous?.keptUntil === undefined || findCondition(conditions, ConditionType.PreviousKept)?.status !== 'True') return NOTHING;
  const tell = (status: 'True' | 'False', reason: string, message: string): RunPlan => ({ effects: [], status: statusWriter(names, object, now).later({ type: ConditionType.PreviousKept, status, reason, message }) });
  const back = goingBack.find((other) => other.status?.phase === 'Completed' && (other.status.restoreTime ?? '') >= restoreTime);
  if (back !== undefined) return tell('False', Reason.PreviousRestored, `Restore ${back.metadata.name} put it back in its place`);
  const due = Date.parse(previous.keptUntil);
  if (now < due) return { effects: [], requeueAfterMs: Math.min(due - now, LONGEST_WAIT_MS) };
  if (world.followUp !== undefined) return followDrop(world.followUp, { tell, certain: world.certain, due, now });
  const wait = obstacle(world);
  if (wait !== undefined) return tell('True', Reason.WaitingToDrop, `Database ${previous.name} is to be dropped since ${previous.keptUntil}, and waits: ${wait}`);
  if (!world.certain) return IN_DOUBT;
  return { effects: [{ do: 'createJob', object: desiredDropJob(world, previous, config) }] };
}

/** What comes before: whoever wants to go back, and whoever has work to do. */
function obstacle({ object, database, goingBack, rivals, atWork }: RestoreWorld): string | undefined {
  if (wasEdited(object)) return 'the spec was changed since, so that nobody knows the Database any more. The next restore there drops it';
  const back = goingBack.find((other) => !isTerminal(other));
  if (back !== undefined) return `Restore ${back.metadata.name} wants to go back to it`;
  const unmet = checkDatabase(object.spec.databaseRef.name, database);
  if (unmet !== undefined) return `Database ${object.spec.databaseRef.name} is not Ready`;
  const first = atWork[0] ?? rivals.find(({ startable }) => startable)?.object.metadata.name;
  return first && `${first} works on the same Database`;
}

interface Dropping {
  readonly tell: (status: 'True' | 'False', reason: string, message: string) => RunPlan;
  readonly certain: boolean;
  readonly due: number;
  readonly now: number;
}

const ENDS: Readonly<Record<'dropped' | 'absent' | 'different', string>> = {
  dropped: 'Its time was over, and it was dropped',
  absent: 'Its time was over, and it was not there any more',
  different: 'Its time was over; another database has its name by now, and was left alone',
};

function followDrop({ job, pods }: FollowUp, { tell, certain, due, now }: Dropping): RunPlan {
  const seen = verdict(job, pods, now);
  if (seen.state === 'running') return { effects: [], requeueAfterMs: RECHECK_MS };
  if (seen.state === 'succeeded') return tell('False', Reason.PreviousDropped, endOf(seen.result));
  if (!isSure(seen, certain)) return IN_DOUBT;
  // As long as it is overdue already: the pauses double, and nothing has to be remembered.
  const created = Date.parse(job.metadata.creationTimestamp ?? '');
  const again = created + Math.min(Math.max(created - due, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
  if (now < again) return { ...tell('True', Reason.DropFailed, `It could not be dropped (${seen.reason}: ${seen.message}); tried again at ${timeOf(again)}`), requeueAfterMs: again - now };
  return { effects: deletionOf('jobs', job) };
}

const endOf = (result: Succeeded): string => (result.command === 'dropPrevious' ? ENDS[result.found] : `The runner reported a ${result.command}`);

function desiredDropJob({ object, database }: RestoreWorld, previous: Previous, config: Config): Writable {
  if (database === undefined) throw new Error('a drop needs a Database');
  const request: DropPreviousRequest = {
    ...requestHead(object, config),
    command: 'dropPrevious',
    server: serverOf(database),
    previous: { name: previous.name, oid: previous.oid },
  };
  const { superuser } = identitiesOf(database.metadata.name);
  return desiredJob({ owner: object, request, identities: [superuser], config, name: followUpName(object), activeDeadlineSeconds: FOLLOW_UP_SECONDS });
}
