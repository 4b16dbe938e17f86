import type { ConditionUpdate, DatabaseStatus } from '@postgres-operator/api';
import type { Effect, Notice } from '../../reconcile/plan.ts';
import type { CheckId } from './desired-check.ts';

/** What a look at the checks of a Database comes to. */
export interface CheckPlan {
  /** True when the servers as they are need no check before the Database is Ready. */
  readonly passed: boolean;
  readonly effects: readonly Effect[];
  /** A check to start. */
  readonly start?: CheckId;
  readonly status: Pick<DatabaseStatus, 'consistency' | 'replication'>;
  /** Consistent. */
  readonly conditions: readonly [ConditionUpdate];
  /** What keeps the pod of a check from starting. */
  readonly trouble?: string;
  readonly notice?: Notice;
  readonly requeueAfterMs?: number;
}
