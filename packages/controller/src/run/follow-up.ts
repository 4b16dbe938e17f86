// Jobs that come after the attempts of a run: one looks what lost attempts of a Backup left behind, one drops what a Restore replaced.
import { isControlledBy } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { nameOfWork, type RunObject } from './desired-job.ts';

/** Such a Job, and its pods. */
export interface FollowUp {
  readonly job: Read<Job>;
  readonly pods: readonly Read<Pod>[];
}

const WORK: Readonly<Record<RunObject['kind'], string>> = { Backup: 'discard', Restore: 'drop' };

/** Name of the Job that may follow a run; there is never more than one at a time. */
export const followUpName = (run: RunObject): string => nameOfWork(run, WORK[run.kind]);

/** Seconds that it may take: nothing else can work on the Database meanwhile. */
export const FOLLOW_UP_SECONDS = 300;

/** Finds it among Jobs and pods. */
export function followUpOf(run: RunObject, jobs: readonly Read<Job>[], podsOf: (job: Read<Job>) => readonly Read<Pod>[]): FollowUp | undefined {
  const job = jobs.find((one) => one.metadata.name === followUpName(run) && isControlledBy(one, run));
  return job && { job, pods: podsOf(job) };
}
