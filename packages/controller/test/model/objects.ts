// Objects of the model's API server, and the questions that several parts of the model ask about them.
import type { ObjectMeta } from '@postgres-operator/api';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../src/kube/resources.ts';

/** Any object as the model's API server holds it. Never changed in place: a write makes a new one. */
export interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: object;
  readonly status?: object;
}

/** The namespace in which everything happens. */
export const NAMESPACE = 'shop';
export const FOREGROUND = 'foregroundDeletion';

export const isDeleting = ({ metadata }: { readonly metadata: ObjectMeta }): boolean => metadata.deletionTimestamp !== undefined;

export const isEndedJob = (job: Read<Job>): boolean => job.status?.conditions?.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed')) ?? false;

export const isEndedPod = ({ status }: Read<Pod>): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
