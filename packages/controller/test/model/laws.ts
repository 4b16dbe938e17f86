// What holds at every single change, checked by the API server itself while it makes the change.
import { childNames, controllerOf, DATABASE_FINALIZER, findCondition, LABEL_DATABASE, type Backup, type Database, type Restore } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import { RESOURCES, type Read, type ResourceType } from '../../src/kube/resources.ts';
import type { Change, ModelApi } from './model-api.ts';
import { isDeleting, isEndedJob, isEndedPod, type Stored } from './objects.ts';
import { attemptStarts, attemptsGoOn } from './laws-of-attempts.ts';
import { isCheck, isRunPod, type Report, type RunsInCluster } from './runs-in-cluster.ts';
import { broken } from './violation.ts';

type Run = Backup | Restore;
export interface Witness {
  readonly api: ModelApi;
  readonly runs: RunsInCluster;
  /** UID of the owner by UID of each Job that ever was. */
  readonly jobs: Map<string, string>;
  /** Milliseconds since the epoch. */
  now(): number;
}

const isRun = ({ kind }: Stored): boolean => kind === 'Backup' || kind === 'Restore';
const typed = <T>(object: Stored | undefined): T => object as object as T;

/** @throws Violation when a change breaks a law. */
export function judge(witness: Witness, change: Change): void {
  const { object, by, type } = change;
  if (object.kind === 'Job' && type === 'ADDED') jobStarts(witness, typed<Read<Job>>(object), object);
  if (isRun(object) && type === 'MODIFIED') endIsForever(change);
  if (by === 'operator') {
    leavesOthersAlone(change);
    if (object.kind === 'Database') readyIsChecked(change);
    if (isRun(object)) {
      tellsTheTruth(witness, object);
      if (type === 'MODIFIED') attemptsGoOn(witness, typed<Run>(change.before), typed<Run>(object));
    }
    if (type !== 'ADDED') inOrder(witness, change);
  }
}

function jobStarts(witness: Witness, job: Read<Job>, object: Stored): void {
  if (isCheck(job)) return fewChecks(witness, job, object);
  oneAtWork(witness, job, object);
  attemptStarts(witness, object);
}

function oneAtWork({ api, jobs }: Witness, job: Read<Job>, object: Stored): void {
  const owner = controllerOf(job)?.uid ?? '';
  jobs.set(job.metadata.uid, owner);
  const pods = api.all(RESOURCES.pods).filter(isRunPod);
  // A Job whose pod has ended is over, although its controller may not have said so yet: there is no second pod.
  const isOver = (other: Read<Job>): boolean => isEndedJob(other) || pods.some((pod) => controllerOf(pod)?.uid === other.metadata.uid && isEndedPod(pod));
  const others = api.all(RESOURCES.jobs).filter((other) => other.metadata.uid !== job.metadata.uid && !isCheck(other) && !isOver(other));
  if (others.some((other) => controllerOf(other)?.uid === owner)) broken('two live Jobs for one object', object);
  const database = job.metadata.labels?.[LABEL_DATABASE];
  if (others.some(({ metadata }) => metadata.labels?.[LABEL_DATABASE] === database)) broken('two Jobs at work on one Database', object);
  if (pods.some((pod) => !isEndedPod(pod) && pod.metadata.labels?.[LABEL_DATABASE] === database)) broken('a run starts while a pod of another one still works on the Database', object);
}

/** Checks are short and disturb nobody, but they are not to pile up. One or two more are those that a cache had not heard of. */
function fewChecks({ api }: Witness, job: Read<Job>, object: Stored): void {
  const others = api.all(RESOURCES.jobs).filter((other) => isCheck(other) && other.metadata.uid !== job.metadata.uid && controllerOf(other)?.uid === controllerOf(job)?.uid);
  if (others.filter((other) => !isDeleting(other)).length > 2) broken('checks of a Database pile up', object);
}

/** A Database becomes Ready only with a check that found nothing amiss. */
function readyIsChecked({ before, object }: Change): void {
  const [was, is] = [typed<Database | undefined>(before)?.status, typed<Database>(object).status];
  const checked = is?.consistency !== undefined && is.consistency.failedChecks === undefined;
  if (is?.phase === 'Ready' && was?.phase !== 'Ready' && !checked) broken('Ready, but no check has passed', object);
}

function endIsForever({ before, object }: Change): void {
  const [was, is] = [typed<Run>(before).status ?? {}, typed<Run>(object).status ?? {}];
  if (was.phase !== 'Completed' && was.phase !== 'Failed') return;
  const result = ({ conditions, observedGeneration: _, ...rest }: NonNullable<Run['status']>): string =>
    JSON.stringify([Object.entries(rest).sort(), conditions?.filter(({ type }) => type !== 'SpecChangeIgnored' && type !== 'PreviousKept')]);
  if (result(was) !== result(is)) broken('a terminal result changed', object);
}

function leavesOthersAlone({ before, object, plural }: Change): void {
  if (['databases', 'backups', 'restores'].includes(plural)) {
    if (before?.spec !== object.spec) broken('the operator wrote a spec', object);
  } else if (before !== undefined && controllerOf(before) === undefined) broken('an object of somebody else was changed', object);
}

/** What a status says of the run is what its Job and its runner say. */
function tellsTheTruth(witness: Witness, object: Stored): void {
  const { status = {}, metadata } = typed<Run>(object);
  if (status.jobUID !== undefined && witness.jobs.get(status.jobUID) !== metadata.uid) broken('jobUID is not of a Job of this object', object);
  if (status.phase === 'Completed') completedIsTold(witness, object);
  if (status.phase === 'Failed') failedIsTrue(witness, object);
}

/** What runners of a run, or of what came after it, said. */
const reportsOf = ({ runs, jobs }: Witness, { metadata }: Run): Report[] => [...runs.reports].filter(([job]) => jobs.get(job) === metadata.uid).map(([, report]) => report);

function completedIsTold(witness: Witness, object: Stored): void {
  const run = typed<Run>(object);
  const told = reportsOf(witness, run).flatMap(({ manifestSha256 }) => manifestSha256 ?? []);
  if (told.length === 0) broken('Completed, but no runner said so', object);
  if (run.kind === 'Backup' && !told.includes(run.status?.manifestSha256 ?? '')) broken('manifestSha256 is not what the runner said', object);
}

function failedIsTrue({ api, runs }: Witness, object: Stored): void {
  const { jobUID = '', conditions } = typed<Run>(object).status ?? {};
  const reason = findCondition(conditions, 'Stalled')?.reason ?? 'no reason';
  const job = api.all(RESOURCES.jobs).find(({ metadata }) => metadata.uid === jobUID);
  // Both mean that the Job was deleted; what its pod did after that nobody asks.
  if (['JobLost', 'PodNotStarted'].includes(reason)) return job === undefined ? undefined : broken(`${reason}, but the Job is there`, object);
  const pod = api.all(RESOURCES.pods).find((candidate) => controllerOf(candidate)?.uid === jobUID);
  if (pod === undefined) return;
  if (!isEndedPod(pod)) broken(`Failed (${reason}), but the pod is at work`, object);
  const { failure = 'a success' } = runs.reports.get(jobUID) ?? {};
  if (![failure, 'DeadlineExceeded'].includes(reason)) broken(`Failed (${reason}), but the pod says ${failure}`, object);
}

/** The Service of the standbys: a Database that lives may do without it, and a cache may not have heard that it was deleted. */
const isSpare = ({ object }: Change): boolean => object.metadata.name.endsWith('-ro');

/** A deleted Database goes down in order: servers, Services, configuration with its Secrets, and itself last. One that lives may do without the Service of its standbys. */
function inOrder({ api }: Witness, change: Change): void {
  const { object, plural } = change;
  const owner = plural === 'databases' ? object.metadata.uid : controllerOf(object)?.uid;
  const remains = (...resources: ResourceType<{ readonly metadata: Stored['metadata'] }>[]): boolean =>
    resources.some((resource) => api.all(resource).some((child) => controllerOf(child)?.uid === owner));
  if (!goes(change)) return;
  if (plural === 'services' && !isSpare(change) && remains(RESOURCES.statefulSets)) broken('a Service went before the servers', object);
  if (plural === 'configmaps' && remains(RESOURCES.statefulSets, RESOURCES.services)) broken('the configuration went before servers and Services', object);
  if (plural !== 'databases') return;
  if (remains(RESOURCES.statefulSets, RESOURCES.services, RESOURCES.configMaps)) broken('a Database went before its children', object);
  const { credentials, internal } = childNames(object.metadata.name);
  if ([credentials, internal].some((secret) => api.find(RESOURCES.secrets, secret) !== undefined)) broken('a Database went before its Secrets', object);
}

/** True when the change lets go of a Database, or deletes anything else. */
function goes({ before, object, type, plural }: Change): boolean {
  if (type === 'DELETED') return true;
  const had = (state: Stored | undefined): boolean => state?.metadata.finalizers?.includes(DATABASE_FINALIZER) ?? false;
  if (plural === 'databases') return had(before) && !had(object);
  return isDeleting(object) && before !== undefined && !isDeleting(before);
}
