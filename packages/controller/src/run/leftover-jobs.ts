// Jobs whose object is gone. Kubernetes removes them with it, but for those that whoever deletes with --cascade=orphan cuts loose:
// these work on to their end, and nobody reads it. They are counted, and go ten minutes after it.
import { controllerOf, LABEL_BACKUP, LABEL_DATABASE } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { act } from '../reconcile/act.ts';
import type { Caches } from '../reconcile/caches.ts';
import type { Dependencies } from '../reconcile/dependencies.ts';
import { deletionOf, type Effect } from '../reconcile/plan.ts';
import { after, done, type Reconcile } from '../runtime/outcome.ts';
import { counted } from '../telemetry/sample.ts';
import type { RunGauge } from './gauges.ts';
import { endOfJob } from './work.ts';

type Known = Pick<Caches, 'databases' | 'backups' | 'restores' | 'jobs'>;

/** How long the log of one that has ended can be read: as long as that of a Job that deletes data. */
const KEPT_MS = 600_000;

/** Counts them. */
export const leftoverJobsGauge = (caches: Known): RunGauge => ({
  name: 'database_operator_leftover_jobs',
  help: 'Jobs of the operator whose Database, Backup or Restore is gone, by namespace',
  labels: ['namespace'],
  samples: () => counted(caches.jobs.list().filter((job) => isLeftover(job, caches)).map(({ metadata }) => ({ namespace: metadata.namespace }))),
});

function isLeftover(job: Read<Job>, { databases, backups, restores }: Known): boolean {
  const { namespace } = job.metadata;
  const owner = controllerOf(job);
  if (owner === undefined) return isCutLoose(job);
  return ![databases, backups, restores].some((store) => store.get(`${namespace}/${owner.name}`)?.metadata.uid === owner.uid);
}

/** True for the Job of a run that belongs to nothing any more. What deletes data has no owner on purpose, and goes by its time. */
export const isCutLoose = ({ metadata: { labels, ownerReferences = [] } }: Read<Job>): boolean =>
  ownerReferences.length === 0 && labels?.[LABEL_DATABASE] !== undefined && labels[LABEL_BACKUP] === undefined;

/** Which of the Jobs go at a moment (milliseconds since the epoch), and when to look at the others again. One at work is left alone: its deadline ends it. */
export function decideLeftovers(jobs: readonly Read<Job>[], now: number): { readonly effects: readonly Effect[]; readonly requeueAfterMs?: number } {
  const ended = jobs.filter(isCutLoose).flatMap((job) => {
    const at = endOfJob(job);
    return at === undefined ? [] : [{ job, left: at + KEPT_MS - now }];
  });
  const waits = ended.flatMap(({ left }) => (left > 0 ? [left] : []));
  return { effects: ended.flatMap(({ job, left }) => (left > 0 ? [] : deletionOf('jobs', job))), ...(waits.length > 0 && { requeueAfterMs: Math.min(...waits) }) };
}

/** One pass over those of a Database, whether it is there or not. */
export function leftoverJobsReconciler({ caches, kube, clock }: Dependencies): Reconcile {
  return async (key, signal) => {
    const { effects, requeueAfterMs } = decideLeftovers(caches.jobs.by('database', key), clock.now());
    for (const effect of effects) await act({ kube, caches }, effect, signal);
    return requeueAfterMs === undefined ? done() : after(requeueAfterMs);
  };
}
