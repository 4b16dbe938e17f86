// What the status of a Database says of its consistency checks. Pure.
import type { DatabaseStatus } from '@postgres-operator/api';
import type { CheckPlan } from './plan.ts';

/** What of a status is about checks. */
export const checkStatus = ({ consistency, replication }: DatabaseStatus = {}): Pick<DatabaseStatus, 'consistency' | 'replication'> => ({
  ...(consistency && { consistency }),
  ...(replication && { replication }),
});

/** What a Database in phase Verifying waits for. The log has these words, and people look for "consistency" there. */
export function verifyingWait({ conditions: [condition], passed, status: { consistency }, trouble }: CheckPlan, plain: { readonly reason: string; readonly message: string }): { reason: string; message: string } {
  if (condition.status === 'False') return { reason: condition.reason, message: `Consistency check failed, retrying at ${consistency?.nextCheckTime ?? 'once'}: ${condition.message}` };
  if (passed) return { reason: plain.reason, message: 'All replicas ready, consistency checked: waiting until the Service routes to the primary' };
  return { reason: plain.reason, message: trouble === undefined ? plain.message : `${plain.message}: ${trouble}` };
}
