import { LABEL_CHECK, type Database } from '@postgres-operator/api';
import type { Caches } from '../../reconcile/caches.ts';
import type { FollowUp } from '../../run/follow-up.ts';

/** The Jobs of consistency checks of a Database, and their pods. */
export const checksOf = (caches: Caches, { metadata }: Database): FollowUp[] =>
  caches.jobs
    .by('controller', metadata.uid)
    .filter((job) => job.metadata.labels?.[LABEL_CHECK] !== undefined)
    .map((job) => ({ job, pods: caches.pods.by('controller', job.metadata.uid) }));
