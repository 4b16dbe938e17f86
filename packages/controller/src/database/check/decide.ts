// When the servers of a Database are checked, and what follows from it. Pure: what is known is in the status and in the Jobs.
import { ANNOTATION_CHECK, ConditionType, findCondition, LABEL_CHECK, LEFTOVER_AGE_SECONDS, MAX_CHECK_REQUEST, Reason, timeOf, type CheckSucceeded, type DatabaseStatus } from '@postgres-operator/api';
import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import { isOnItsWay, verdict, type Succeeded } from '../../run/verdict.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import type { DatabaseWorld } from '../world.ts';
import { ownContainer } from '../trouble/pod-states.ts';
import { checkLabel, type CheckId } from './desired-check.ts';
import { startsOf } from './servers.ts';
import type { CheckPlan } from './plan.ts';
import { checkStatus } from './words.ts';

/** What surrounds the decision. */
export interface CheckContext {
  readonly now: number;
  /** True when every server that is wanted is ready. */
  readonly rolledOut: boolean;
}

type Consistency = NonNullable<DatabaseStatus['consistency']>;

const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [5_000, 300_000];
/** How often to look at a Job, in case that an event was lost. */
const RECHECK_MS = 10_000;

/** When to look again at databases that restores left: by then they are old enough to be dropped by whoever finds nobody at work. */
const LEFTOVERS_MS = (LEFTOVER_AGE_SECONDS + 60) * 1000;

/** Milliseconds until a failed check is made again: 5 s, 10 s, 20 s … 5 min. */
const pauseAfter = (failures: number): number => Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);

/** What stands while no check is to be made: one writes a row, and clients are kept out. */
export const restingCheck = (world: DatabaseWorld): CheckPlan => ({ passed: false, effects: [], ...keep(world, startsOf(world)) });

/** Decides what to do about checks. */
export function decideCheck(world: DatabaseWorld, context: CheckContext): CheckPlan {
  const servers = startsOf(world);
  const idle: CheckPlan = { passed: hasPassed(world, servers), effects: [], ...keep(world, servers) };
  const id = servers === undefined ? undefined : dueCheck(world, servers);
  if (id === undefined) return idle;
  const wait = id.round === 1 ? 0 : Date.parse(world.database.status?.consistency?.nextCheckTime ?? '') - context.now;
  return wait > 0 ? { ...idle, requeueAfterMs: wait } : pursue(world, { id, idle, context });
}

/** Whether the last check of these servers that could be made found nothing. */
function hasPassed({ database: { status } }: DatabaseWorld, servers: string | undefined): boolean {
  const last = status?.consistency;
  // A Database of an operator that made no checks stays Ready while it is checked.
  if (last === undefined) return status?.phase === 'Ready' && servers !== undefined;
  if (last.servers !== servers) return false;
  return last.failedChecks === undefined || findCondition(status?.conditions, ConditionType.Consistent)?.status === 'Unknown';
}

/** The next check of these servers; undefined when the last one was what is asked for, passed, and found nothing that restores left. */
function dueCheck({ database: { metadata, status } }: DatabaseWorld, servers: string): CheckId | undefined {
  const last = status?.consistency;
  const request = metadata.annotations?.[ANNOTATION_CHECK]?.slice(0, MAX_CHECK_REQUEST);
  // Without the annotation nothing is asked for.
  const isSame = last?.servers === servers && (request === undefined || last.request === request);
  if (!isSame) return { servers, request, round: 1 };
  if (last.failedChecks !== undefined) return { servers, request, round: last.failedChecks + 1 };
  return last.leftoverDatabases === undefined ? undefined : { servers, request, round: 2 };
}

/** What the status says already, as far as it is of these servers. */
function keep({ database: { status } }: DatabaseWorld, servers: string | undefined): Pick<CheckPlan, 'status' | 'conditions'> {
  const consistency = status?.consistency;
  const known = findCondition(status?.conditions, ConditionType.Consistent);
  const isOfThese = consistency !== undefined && consistency.servers === servers && known !== undefined;
  const { status: is, reason, message } = isOfThese ? known : NOT_CHECKED;
  return { status: checkStatus(status), conditions: [{ type: ConditionType.Consistent, status: is, reason, message }] };
}

const NOT_CHECKED = { status: 'Unknown', reason: Reason.NotChecked, message: 'The servers have not been checked since they were started' } as const;

interface Due {
  readonly id: CheckId;
  readonly idle: CheckPlan;
  readonly context: CheckContext;
}

/** A check is due: start it, follow it, take its result. */
function pursue(world: DatabaseWorld, due: Due): CheckPlan {
  const { id, idle, context } = due;
  const early = id.round === 1 ? jobOf(world, { ...id, round: 0 }) : undefined;
  if (!context.rolledOut) return id.round === 1 && early === undefined ? start(world, due, 0) : idle;
  const first = early && verdict(early.job, early.pods, context.now);
  if (first?.state === 'running') return { ...idle, ...troubleOf(early), requeueAfterMs: RECHECK_MS };
  // What it found amiss may only have been that the servers were slow. They are ready now, and what counts is how they are now.
  if (first?.state === 'succeeded' && isClean(first.result)) return concluded(world, due, first.result);
  const current = jobOf(world, id);
  return current === undefined ? start(world, due, id.round) : follow(world, due, current);
}

function follow(world: DatabaseWorld, due: Due, current: FollowUp): CheckPlan {
  const seen = verdict(current.job, current.pods, due.context.now);
  if (seen.state === 'running') return { ...due.idle, ...troubleOf(current), requeueAfterMs: RECHECK_MS };
  if (seen.state === 'succeeded' && seen.result.command === 'check') return concluded(world, due, seen.result);
  const why = seen.state === 'succeeded' ? `the runner reported a ${seen.result.command}` : `${seen.reason}: ${seen.message}`;
  return failed(world, due, { reason: Reason.CheckFailed, message: `The check could not be made: ${why}` });
}

const start = (world: DatabaseWorld, { id, idle }: Due, round: number): CheckPlan => ({ ...idle, effects: removal(world), start: { ...id, round }, requeueAfterMs: RECHECK_MS });

const isClean = (result: Succeeded): result is CheckSucceeded => result.command === 'check' && result.findings.length === 0;

const jobOf = ({ checks }: DatabaseWorld, id: CheckId): FollowUp | undefined => checks.find(({ job }) => job.metadata.labels?.[LABEL_CHECK] === checkLabel(id));

/** Where it cannot start. */
function troubleOf(check: FollowUp | undefined): Pick<CheckPlan, 'trouble'> {
  const waiting = check?.pods.map((pod) => ownContainer(pod)?.state?.waiting).find((one) => one?.reason !== undefined && !isOnItsWay(one.reason));
  return waiting === undefined ? {} : { trouble: `the pod of Job ${check?.job.metadata.name ?? ''} does not start: ${waiting.reason ?? ''}: ${waiting.message ?? ''}` };
}

/** The end of earlier checks: there is one Job at a time. */
const removal = ({ checks }: DatabaseWorld): Effect[] => checks.flatMap(({ job }) => deletionOf('jobs', job));

/** A check was made. */
function concluded(world: DatabaseWorld, due: Due, { findings, standbys, finishedAt, leftovers }: CheckSucceeded): CheckPlan {
  const [gravest, ...more] = findings;
  const seen: CheckPlan = { ...due.idle, status: standbys.length > 0 ? { replication: standbys } : {} };
  if (gravest !== undefined) {
    const message = more.length === 0 ? gravest.message : `${gravest.message}; ${more.map((finding) => finding.message).join('; ')}`;
    return failed(world, { ...due, idle: seen }, { reason: gravest.reason, message });
  }
  const { servers, request } = due.id;
  const leftoverDatabases = leftovers?.left ?? 0;
  const again = leftoverDatabases > 0 && { leftoverDatabases, nextCheckTime: timeOf(Date.parse(finishedAt) + LEFTOVERS_MS) };
  const consistency: Consistency = { checkedAt: timeOf(Date.parse(finishedAt)), servers, ...(request !== undefined && { request }), ...again };
  const what = standbys.length === 0 ? 'The primary takes writes' : `The primary takes writes, and they arrive at ${standbys.length === 1 ? 'the standby' : `${standbys.length} standbys`}`;
  return { ...seen, passed: true, status: { ...seen.status, consistency }, conditions: [{ type: ConditionType.Consistent, status: 'True', reason: Reason.AllChecksPassed, message: what }] };
}

/** A check found something, or could not be made, which says nothing against servers that have passed one. It is made again, later each time. */
function failed({ database }: DatabaseWorld, { id, idle, context: { now } }: Due, { reason, message }: { reason: string; message: string }): CheckPlan {
  const { servers, request, round } = id;
  const pause = pauseAfter(round);
  const consistency: Consistency = { checkedAt: timeOf(now), servers, ...(request !== undefined && { request }), failedChecks: round, nextCheckTime: timeOf(now + pause) };
  const passed = idle.passed && reason === Reason.CheckFailed;
  const status = passed ? 'Unknown' : 'False';
  const before = findCondition(database.status?.conditions, ConditionType.Consistent);
  const isNews = before?.status !== status || before.reason !== reason;
  return {
    ...idle,
    passed,
    status: { ...idle.status, consistency },
    conditions: [{ type: ConditionType.Consistent, status, reason, message }],
    ...(isNews && { notice: { what: 'consistency check failed, retrying', reason, message } }),
    requeueAfterMs: pause,
  };
}
