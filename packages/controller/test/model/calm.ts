// What holds when nothing is left to do: every status says what is.
import { isDeepStrictEqual } from 'node:util';
import { childNames, controllerOf, Reason, type Backup, type Database, type Restore } from '@postgres-operator/api';
import { RESOURCES } from '../../src/kube/resources.ts';
import { checkRestore } from '../../src/restore/checks.ts';
import { observeSource, type Runs } from '../../src/restore/source.ts';
import { checkDatabase } from '../../src/run/checks.ts';
import type { Witness } from './laws.ts';
import { Violation } from './violation.ts';
import { isDeleting } from './objects.ts';

const wrong = (what: string, { kind, metadata, status }: Backup | Restore | Database): never => {
  throw new Violation(`quiet, but ${what} (${kind} ${metadata.name}: ${JSON.stringify(status)})`);
};

/** @throws Violation when a status is not what the cluster says. */
export function judgeCalm(witness: Witness): void {
  const { api } = witness;
  for (const database of api.all(RESOURCES.databases)) judgeDatabase(witness, database);
  for (const run of [...api.all(RESOURCES.backups), ...api.all(RESOURCES.restores)]) judgeRun(witness, run);
  for (const { object } of api.everything()) {
    if (object.metadata.ownerReferences?.every(({ uid }) => !api.exists(uid)) && object.metadata.ownerReferences.length > 0) throw new Violation(`quiet, but ${object.kind} ${object.metadata.name} outlived its owner`);
  }
}

function judgeDatabase({ api }: Witness, database: Database): void {
  if (isDeleting(database)) wrong('it is still being deleted', database);
  const { status = {}, metadata } = database;
  const names = childNames(metadata.name);
  const children = [
    api.find(RESOURCES.configMaps, names.config),
    api.find(RESOURCES.statefulSets, names.statefulSet),
    api.find(RESOURCES.services, names.service),
    api.find(RESOURCES.services, names.headlessService),
  ];
  const foreign = children.some((child) => child !== undefined && controllerOf(child)?.uid !== metadata.uid);
  if (status.observedGeneration !== metadata.generation) wrong('its generation was not observed', database);
  const reason = status.conditions?.find(({ type }) => type === 'Ready')?.reason;
  if (foreign && reason !== Reason.NameTaken) wrong('a name of it is taken, and it does not say so', database);
  if (foreign) return;
  if (status.phase !== 'Ready') wrong('it is not Ready', database);
  if (children.includes(undefined)) wrong('a child is missing', database);
  if ([names.credentials, names.internal].some((name) => api.find(RESOURCES.secrets, name) === undefined)) wrong('a Secret is missing', database);
}

function judgeRun(witness: Witness, run: Backup | Restore): void {
  const { status = {}, metadata } = run;
  if (status.observedGeneration !== metadata.generation) wrong('its generation was not observed', run);
  if (run.kind === 'Backup' && status.phase === 'Failed' && !saysThatMoreMayRemain(run) && witness.runs.manifests.has(metadata.uid)) wrong('its backup is complete', run);
  if (run.kind === 'Restore') judgeKept(run);
  if (status.phase === 'Failed' && succeeded(witness, status.jobUID)) wrong('its Job succeeded', run);
  if (status.phase !== 'Completed' && status.phase !== 'Failed') judgeWaiting(witness, run);
}

/** True for one that could not look, and for one that has never lost a runner. */
const saysThatMoreMayRemain = ({ status }: Backup): boolean => status?.conditions?.some(({ type, message }) => type === 'Stalled' && message.includes('may remain')) ?? false;

/** What was replaced is dropped by now, or says what it waits for. */
function judgeKept(run: Restore): void {
  const kept = run.status?.conditions?.find(({ type }) => type === 'PreviousKept');
  if (kept?.status === 'True' && kept.reason !== Reason.WaitingToDrop) wrong('what it replaced is still there', run);
}

/** True when a Job and its pod are there and say so. */
const succeeded = ({ api }: Witness, jobUID: string | undefined): boolean =>
  api.all(RESOURCES.jobs).some(({ metadata }) => metadata.uid === jobUID) &&
  api.all(RESOURCES.pods).some((pod) => controllerOf(pod)?.uid === jobUID && pod.status?.phase === 'Succeeded');

/** A run that has not ended waits for something that is missing, and says for what. */
function judgeWaiting({ api }: Witness, run: Backup | Restore): void {
  const { name } = run.spec.databaseRef;
  const database = api.find(RESOURCES.databases, name);
  const unmet = run.kind === 'Backup' ? checkDatabase(name, database) : checkRestore(run, database, observeSource(lookUp(api), run));
  if (unmet === undefined) wrong('it could have run', run);
  if (!isDeepStrictEqual(said(run), unmet)) wrong(`it waits for ${unmet?.reason}`, run);
}

const lookUp = (api: Witness['api']): Runs => ({
  backups: { get: (key) => api.find(RESOURCES.backups, nameIn(key)), list: () => api.all(RESOURCES.backups) },
  restores: { get: (key) => api.find(RESOURCES.restores, nameIn(key)) },
});
const nameIn = (key: string): string => key.slice(key.indexOf('/') + 1);

/** What a run says that it waits for, before its start or between two attempts. */
function said(run: Backup | Restore): { reason?: string | undefined; message?: string | undefined } {
  const { phase, attempt = 1, jobUID, conditions = [] } = run.status ?? {};
  const between = phase === 'InProgress' && attempt > 1 && jobUID === undefined;
  if (phase !== 'Pending' && !between) wrong('it is under way', run);
  const { reason, message } = conditions.find(({ type }) => type === 'Reconciling') ?? {};
  return { reason, message: between ? message?.replace(`Attempt ${attempt} waits: `, '') : message };
}
