// Which change wakes which object. Handlers only enqueue keys; everything else is read again.
import { controllerOf, LABEL_BACKUP, LABEL_DATABASE, LABEL_PURPOSE, LABEL_RUN, scheduleKeyOf, type Backup, type Database, type ObjectMeta, type Restore } from '@postgres-operator/api';
import type { Caches } from './reconcile/caches.ts';
import type { OWN_KINDS } from './kube/resources.ts';
import type { Clock } from './runtime/clock.ts';
import { isCutLoose } from './run/leftover-jobs.ts';
import { keyOf } from './runtime/object.ts';
import type { Store } from './runtime/store.ts';
import { WorkQueue } from './runtime/work-queue.ts';

/** One queue for each kind of our own. */
export type Queues = Readonly<Record<(typeof OWN_KINDS)[number], WorkQueue>>;

/** Makes the queues, empty. */
export const createQueues = (clock: Clock): Queues => ({ databases: new WorkQueue(clock), backups: new WorkQueue(clock), restores: new WorkQueue(clock) });

/** Connects the caches with the queues. */
export function wireWatches(caches: Caches, queues: Queues): void {
  const wakeRuns = (databaseKey: string): void => {
    for (const backup of caches.backups.by('database', databaseKey)) queues.backups.add(keyOf(backup));
    for (const restore of caches.restores.by('database', databaseKey)) queues.restores.add(keyOf(restore));
  };
  onChange(caches.databases, (database: Database) => {
    queues.databases.add(keyOf(database));
    wakeRuns(keyOf(database));
    for (const schedule of caches.backups.by('scheduleOf', keyOf(database))) queues.backups.add(keyOf(schedule));
  });
  // The end of a run gives the turn to the next one of its Database, and a Backup may be what a Restore waits for.
  onChange(caches.backups, (backup: Backup) => {
    queues.backups.add(keyOf(backup));
    // And the operator's own may be what a Database waits for.
    if (backup.metadata.labels?.[LABEL_PURPOSE] !== undefined) queues.databases.add(`${backup.metadata.namespace}/${backup.spec.databaseRef.name}`);
    const database = `${backup.metadata.namespace}/${backup.spec.databaseRef.name}`;
    if (looksAtBackups(caches.databases.get(database))) queues.databases.add(database);
    const schedule = scheduleKeyOf(backup);
    if (schedule !== undefined) queues.backups.add(schedule);
    // And a schedule says which of its runs is to be drilled.
    const { drill } = backup.status ?? {};
    if (drill !== undefined) queues.backups.add(`${backup.metadata.namespace}/${drill.run}`);
    // Or the newest of the schedule that it names, and so for a Database that is to start with it.
    for (const key of [keyOf(backup), ...(schedule === undefined ? [] : [schedule])]) {
      for (const restore of caches.restores.by('backup', key)) queues.restores.add(keyOf(restore));
      for (const database of caches.databases.by('backup', key)) queues.databases.add(keyOf(database));
    }
  });
  // And a Restore may be what another one undoes.
  onChange(caches.restores, (restore: Restore) => {
    queues.restores.add(keyOf(restore));
    wakeController(restore, queues);
    for (const undo of caches.restores.by('previousOf', keyOf(restore))) queues.restores.add(keyOf(undo));
    const { previousOf } = restore.spec.source ?? {};
    if (previousOf !== undefined) queues.restores.add(`${restore.metadata.namespace}/${previousOf}`);
  });
  // So does one that was edited to name another Database, on both.
  const wakeOthers = (before: Backup | Restore | undefined, after: Backup | Restore | undefined): void => {
    for (const database of databasesOf(before, after)) wakeRuns(database);
  };
  caches.backups.onChange(wakeOthers);
  caches.restores.onChange(wakeOthers);
  // The end of work gives the turn to the next run, also when the object that it was for is gone.
  onChange(caches.jobs, (job) => {
    wakeController(job, queues);
    if (isCutLoose(job)) wakeDatabase(job, queues);
    wakeRuns(databaseOf(job.metadata));
  });
  onChange(caches.pods, (pod) => {
    if (pod.metadata.labels?.[LABEL_RUN] !== undefined) wakeRuns(databaseOf(pod.metadata));
    const job = controllerOf(pod);
    const cached = job?.kind !== 'Job' ? undefined : caches.jobs.get(`${pod.metadata.namespace}/${job.name}`);
    if (cached !== undefined) wakeController(cached, queues);
    wakeDatabase(pod, queues);
  });
  onChange(caches.endpointSlices, ({ metadata }) => wakeRuns(databaseOf(metadata)));
  for (const store of [caches.statefulSets, caches.services, caches.configMaps, caches.claims, caches.disruptionBudgets, caches.endpointSlices]) {
    onChange(store as Store<{ readonly metadata: ObjectMeta }>, (child) => wakeDatabase(child, queues));
  }
}

/** True for a Database that goes by how old its newest backup is, or that keeps data of before an upgrade until there is a newer one. */
const looksAtBackups = (database: Database | undefined): boolean => database?.spec.objective !== undefined || database?.status?.previous !== undefined;

const databaseOf = ({ namespace, labels }: ObjectMeta): string => `${namespace}/${labels?.[LABEL_DATABASE] ?? ''}`;

/** The Databases that a run had and has. */
const databasesOf = (...states: readonly (Backup | Restore | undefined)[]): Set<string> => new Set(states.flatMap((run) => (run === undefined ? [] : [`${run.metadata.namespace}/${run.spec.databaseRef.name}`])));

function onChange<T extends { readonly metadata: ObjectMeta }>(store: Store<T>, wake: (object: T) => void): void {
  store.onChange((before, after) => {
    const object = after ?? before;
    if (object !== undefined) wake(object);
  });
}

/** What a run's Job or pod says is urgent: somebody waits for the end of that run, and the next one for its turn. A Restore may be a Database's own. */
function wakeController(child: { readonly metadata: ObjectMeta }, queues: Queues): void {
  const { namespace, labels } = child.metadata;
  const deleted = labels?.[LABEL_BACKUP];
  if (deleted !== undefined) queues.backups.add(`${namespace}/${deleted}`, true);
  const owner = controllerOf(child);
  if (owner?.kind === 'Database') queues.databases.add(`${namespace}/${owner.name}`, true);
  if (owner?.kind === 'Backup') queues.backups.add(`${namespace}/${owner.name}`, true);
  if (owner?.kind === 'Restore') queues.restores.add(`${namespace}/${owner.name}`, true);
}

function wakeDatabase({ metadata }: { readonly metadata: ObjectMeta }, queues: Queues): void {
  const database = metadata.labels?.[LABEL_DATABASE];
  if (database !== undefined) queues.databases.add(`${metadata.namespace}/${database}`);
}
