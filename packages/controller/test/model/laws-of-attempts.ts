// What holds of the attempts of a run: one Job each, one after the other, in time, and only where another may help.
import { controllerOf, type Backup, type Restore } from '@postgres-operator/api';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { RESOURCES, type Read } from '../../src/kube/resources.ts';
import type { Witness } from './laws.ts';
import { isEndedPod, type Stored } from './objects.ts';
import { isFollowUp, isRunPod } from './runs-in-cluster.ts';
import { broken } from './violation.ts';

type Run = Backup | Restore;

/** What a Backup, and what a Restore, is tried again after. */
const RETRIED: Readonly<Record<Run['kind'], readonly string[]>> = { Backup: ['ServerUnreachable', 'Cancelled', 'PodLost', 'ResultMissing'], Restore: ['PodLost', 'ResultMissing', 'OutOfMemory'] };

const attemptOf = ({ status }: Run): number => status?.attempt ?? 1;
const nameOf = (run: Run, attempt: number): string => `${run.metadata.name}-${run.metadata.uid.slice(0, 8)}-${attempt}`;

/** A Job is created for the attempt that the status names, which has had none, and not before its time. */
export function attemptStarts({ api, now }: Witness, job: Stored): void {
  const owner = controllerOf(job)?.uid;
  const run = [...api.all(RESOURCES.backups), ...api.all(RESOURCES.restores)].find(({ metadata }) => metadata.uid === owner);
  if (run === undefined) return;
  const { phase, jobUID, nextAttemptTime } = run.status ?? {};
  if (isFollowUp(job.metadata.name)) return followUpStarts({ now }, run, job);
  if (job.metadata.name !== nameOf(run, attemptOf(run))) broken(`a Job that is not of attempt ${attemptOf(run)}`, job);
  if (jobUID !== undefined) broken('a second Job of one attempt', job);
  if (phase === 'Completed' || phase === 'Failed') broken('a Job of a run that has ended', job);
  if (attemptOf(run) > 1 && !(now() >= Date.parse(nextAttemptTime ?? ''))) broken('an attempt starts before its time', job);
}

/** What was lost is looked after before the end; what was replaced is dropped after it, and not before its time. */
function followUpStarts({ now }: Pick<Witness, 'now'>, run: Run, job: Stored): void {
  if (run.kind === 'Backup') return run.status?.phase === 'InProgress' && run.status.failure !== undefined ? undefined : broken('a discard for a Backup that has not failed, or has ended', job);
  const { phase, previousDatabase } = run.status ?? {};
  if (phase !== 'Completed' || !(now() >= Date.parse(previousDatabase?.keptUntil ?? ''))) broken('a replaced database is dropped before its time', job);
}

const isEdited = ({ metadata, status }: Run): boolean => status?.phase === 'InProgress' && status.observedGeneration !== metadata.generation;

/** An attempt follows one that failed, up to the limit, after a pause. */
export function attemptsGoOn(witness: Witness, before: Run, after: Run): void {
  const [was, is] = [attemptOf(before), attemptOf(after)];
  if (before.status?.phase === 'InProgress' && after.status?.phase === 'Pending') broken('a run that was started is Pending', after);
  if (was === is) return;
  if (is !== was + 1) broken(`attempt ${is} after attempt ${was}`, after);
  if (is > (after.kind === 'Backup' ? after.spec.backoffLimit + 1 : 2)) broken(`attempt ${is} is above the limit`, after);
  if (isEdited(before)) broken('another attempt of a spec that was edited', after);
  inTime(witness, was, after);
  failedBefore(witness, nameOf(before, was), after);
}

/** The pause begins when the failure is seen, which is after the pod was made and before the write arrives: time passes in between. */
function inTime({ api, now }: Witness, failed: number, run: Run): void {
  const pause = Math.min(360_000, 10_000 * 2 ** (failed - 1));
  const told = Date.parse(run.status?.nextAttemptTime ?? '');
  const made = Date.parse(podOf(api, nameOf(run, failed))?.metadata.creationTimestamp ?? '');
  if (!(told <= now() + pause) || told < made + pause - 1000) broken('the pause has another length', run);
}

const podOf = (api: Witness['api'], jobName: string): Read<Pod> | undefined => api.all(RESOURCES.pods).find((pod) => isRunPod(pod) && controllerOf(pod)?.name === jobName);

/** The pod of the attempt before, if it is still there, has ended and says why another one may help. */
function failedBefore({ api, runs }: Witness, jobName: string, run: Run): void {
  const pod = podOf(api, jobName);
  if (pod === undefined) return;
  if (!isEndedPod(pod)) broken('an attempt failed, but its pod is at work', run);
  const { failure = 'a success' } = runs.reports.get(controllerOf(pod)?.uid ?? '') ?? {};
  if (!RETRIED[run.kind].includes(failure)) broken(`another attempt after ${failure}`, run);
}
