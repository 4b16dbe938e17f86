// What follows a failed attempt: another one, or the end. Pure.
import { LostReason } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import type { RunObject } from './desired-job.ts';
import type { Failed } from './verdict.ts';

/** Losses that are no fault of the run, and nobody's will: a drained node, a pod that was deleted, a result that nobody read. */
const PASSING: ReadonlySet<string> = new Set<LostReason>([LostReason.PodLost, LostReason.Evicted, LostReason.ResultMissing]);
/** Without a word of the runner, and yet an answer: it was stopped in time, or never began. */
const ANSWERS: ReadonlySet<string> = new Set<LostReason>([LostReason.DeadlineExceeded, LostReason.PodNotStarted]);

/** Whether the same work, done again, may fare better: by the runner's own word, else by how it was lost. */
export const mayPass = ({ reason, retryable }: Failed): boolean => retryable ?? PASSING.has(reason);

/** Whether a runner died without a word: what it had done by then, only the server knows. */
export const isUnresolved = ({ reason, retryable }: Failed): boolean => retryable === undefined && !ANSWERS.has(reason);

/** Whether the spec of a run was edited since it was started: what stands there now never ran. */
export const isEdited = ({ metadata, status }: RunObject): boolean => status?.phase === 'InProgress' && status.observedGeneration !== metadata.generation;

/** False for a run whose Job was deleted, because whoever does that wants it to end, and for one whose spec was edited. */
export const mayGoOn = (run: RunObject, job: Read<Job> | undefined): boolean => job !== undefined && job.metadata.deletionTimestamp === undefined && !isEdited(run);

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 360_000;

/** Milliseconds from the end of an attempt to the start of the next: 10 s, 20 s, 40 s … 6 min, as a Job's own controller does it. */
export const pauseAfter = (attempt: number): number => Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);

/** Milliseconds until the attempt that a run waits for; 0 when it waits for none, or the time has come. */
export const pauseLeft = ({ status }: RunObject, now: number): number => (status?.nextAttemptTime === undefined ? 0 : Math.max(0, Date.parse(status.nextAttemptTime) - now));
