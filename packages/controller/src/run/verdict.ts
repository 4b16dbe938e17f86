// How a run stands, from its Job and its pod. Pure.
import { LostReason, parseRunResult, type RunFailed, type RunResult } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { ContainerState, ContainerStateTerminated, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { RUNNER_CONTAINER } from './desired-job.ts';
import { isEndedPod } from './work.ts';

export type Succeeded = Exclude<RunResult, RunFailed>;
export interface Failed {
  readonly state: 'failed';
  /** Reason of the runner (RunFailureReason) or of the operator (LostReason). */
  readonly reason: string;
  readonly message: string;
  /** True when its container told, in a state that is final; otherwise it is concluded from what is missing. */
  readonly told: boolean;
  /** What the runner said of another attempt; undefined when it said nothing. */
  readonly retryable?: boolean;
}
/** The pod will not start. Until it is gone it might, so the run has not ended. */
export interface Stuck {
  readonly state: 'stuck';
  readonly reason: string;
  readonly message: string;
}
export type Verdict = { readonly state: 'running'; readonly message: string } | { readonly state: 'succeeded'; readonly result: Succeeded } | Failed | Stuck;

/** A container that does not start within this time will not: the image, a volume or a Secret is missing for good. */
export const START_DEADLINE_MS = 15 * 60_000;

/** A pod's phase follows the end of its runner by a second or two; after this time another container keeps it alive. */
export const LINGERING_MS = 30_000;

/** Decides how a run stands. The runner's own result counts first; the Job's end speaks only where that is missing. */
export function verdict(job: Read<Job>, pods: readonly Read<Pod>[], now: number): Verdict {
  const pod = newest(pods);
  const { terminated } = stateOf(pod);
  const reported = terminated && verdictOfContainer(terminated);
  if (reported !== undefined) return isStopped(reported) && ranOutOfTime(job) ? told(LostReason.DeadlineExceeded, overdue(job)) : reported;
  const ended = job.status?.conditions?.find(({ type, status }) => status === 'True' && (type === 'Failed' || type === 'Complete'));
  if (ended?.type === 'Complete') return failed(LostReason.ResultMissing, `Job ${job.metadata.name} is complete, but its result was lost with its pod`);
  if (ended !== undefined) return verdictOfFailedJob(job, ended, pod);
  return verdictOfUnfinished(job, pod, now);
}

/** How a run stands whose Job was deleted: its pod has some time to stop, and may report until then. */
export function verdictWithoutJob(jobName: string, pods: readonly Read<Pod>[]): Verdict {
  const pod = newest(pods);
  const { terminated } = stateOf(pod);
  const reported = terminated && verdictOfContainer(terminated);
  if (reported !== undefined) return reported;
  if (pod !== undefined && !isEndedPod(pod)) return { state: 'running', message: `Job ${jobName} was deleted; its pod is being stopped` };
  return failed(LostReason.JobLost, `Job ${jobName} was deleted before its result was known`);
}

/**
 * Whether an end may be acted on: the container told of it, or the API server was asked. What is concluded from what is missing
 * may only be a cache that lags; and why a runner was stopped, its Job says.
 */
export const isSure = (seen: Verdict, certain: boolean): boolean => certain || (seen.state === 'failed' && seen.told && !isStopped(seen));

// By name: an admission webhook may have added containers of its own.
const stateOf = (pod: Read<Pod> | undefined): ContainerState => pod?.status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER)?.state ?? {};

const failed = (reason: string, message: string): Failed => ({ state: 'failed', reason, message, told: false });
const told = (reason: string, message: string, retryable?: boolean): Failed => ({ state: 'failed', reason, message, told: true, ...(retryable !== undefined && { retryable }) });

const isStopped = (seen: Verdict): boolean => seen.state === 'failed' && seen.reason === 'Cancelled';
/** Since Kubernetes 1.31 a Job says so before its pod is stopped, and is Failed after it. */
const ranOutOfTime = ({ status }: Read<Job>): boolean => status?.conditions?.some(({ type, status: is, reason }) => is === 'True' && reason === 'DeadlineExceeded' && (type === 'FailureTarget' || type === 'Failed')) ?? false;
const overdue = ({ spec }: Read<Job>): string => `The run did not end within ${spec?.activeDeadlineSeconds} s`;

const newest = (pods: readonly Read<Pod>[]): Read<Pod> | undefined =>
  [...pods].sort((one, other) => Date.parse(other.metadata.creationTimestamp ?? '') - Date.parse(one.metadata.creationTimestamp ?? ''))[0];

/** What the container's end says by itself, if it says anything. */
function verdictOfContainer(terminated: ContainerStateTerminated): Verdict | undefined {
  const result = parseRunResult(terminated.message);
  if (result.outcome === 'succeeded' && terminated.exitCode === 0) return { state: 'succeeded', result };
  // The kernel may have killed a child only: then the exit code is the runner's, and the reason still tells.
  if (terminated.reason === 'OOMKilled') return told(LostReason.OutOfMemory, 'The runner or one of its tools ran out of memory', result.outcome === 'failed' ? false : undefined);
  if (result.outcome === 'failed') return told(result.reason, result.message, result.retryable);
  return undefined;
}

function verdictOfFailedJob(job: Read<Job>, condition: { reason?: string; message?: string }, pod: Read<Pod> | undefined): Verdict {
  const { name } = job.metadata;
  // Before Kubernetes 1.31 a Job that ran into its deadline is Failed while its pod still works, and may yet succeed.
  if (pod !== undefined && !isEndedPod(pod)) return { state: 'running', message: `Job ${name} has failed; its pod is being stopped` };
  if (condition.reason === 'DeadlineExceeded') return failed(LostReason.DeadlineExceeded, overdue(job));
  if (pod === undefined) return failed(LostReason.PodLost, `The pod of Job ${name} was deleted before it could report`);
  if (pod.status?.reason === 'Evicted') return failed(LostReason.Evicted, pod.status.message ?? 'The pod was evicted');
  const { terminated } = stateOf(pod);
  if (terminated === undefined) return failed(LostReason.PodLost, `Pod ${pod.metadata.name} went away before it could report`);
  return unreadable(terminated);
}

const unreadable = ({ exitCode, reason }: ContainerStateTerminated): Failed => failed(LostReason.ResultMissing, `The runner ended with exit code ${exitCode} (${reason ?? 'no reason'}) and left no readable result`);

const ON_ITS_WAY = ['ContainerCreating', 'PodInitializing'];

/** True for a reason of a container that is on its way and not in trouble: it is not worth a status of its own. */
export const isOnItsWay = (reason: string): boolean => ON_ITS_WAY.includes(reason);

function verdictOfUnfinished({ metadata }: Read<Job>, pod: Read<Pod> | undefined, now: number): Verdict {
  const { running, terminated, waiting } = stateOf(pod);
  // Its Job does not end, because another container goes on.
  if (terminated !== undefined && now - Date.parse(terminated.finishedAt ?? '') >= LINGERING_MS) return unreadable(terminated);
  const trouble = waiting?.reason !== undefined && !isOnItsWay(waiting.reason);
  const message = trouble ? `Job ${metadata.name} waits for its pod to start: ${waiting.reason}: ${waiting.message ?? ''}` : `Job ${metadata.name} is at work`;
  const started = running !== undefined || terminated !== undefined;
  if (started || now - Date.parse(metadata.creationTimestamp ?? '') <= START_DEADLINE_MS) return { state: 'running', message };
  return { state: 'stuck', reason: LostReason.PodNotStarted, message: `${message}. Its pod did not start within ${START_DEADLINE_MS / 60_000} minutes` };
}
