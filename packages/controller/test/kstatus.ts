// How generic tools (helm --wait, Flux, kpt) tell progress, success and failure of any object apart: the rules of
// sigs.k8s.io/cli-utils, pkg/kstatus/status/{core,generic}.go.
import type { Condition, ObjectMeta } from '@postgres-operator/api';

export type Kstatus = 'Terminating' | 'InProgress' | 'Failed' | 'Current';

/** What the rules look at. */
export interface Judged {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] } | undefined;
}

/** The first rule that holds decides. */
export function kstatus({ metadata, status }: Judged): Kstatus {
  const { observedGeneration, conditions = [] } = status ?? {};
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  const [standard] = conditions.filter(({ type, status: value }) => value === 'True' && (type === 'Reconciling' || type === 'Stalled'));
  if (standard !== undefined) return standard.type === 'Reconciling' ? 'InProgress' : 'Failed';
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready !== undefined && ready.status !== 'True' ? 'InProgress' : 'Current';
}
