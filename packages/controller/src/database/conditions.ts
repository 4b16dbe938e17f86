import { setCondition, type ConditionUpdate, type DatabaseStatus } from '@postgres-operator/api';

/** The conditions of a status with some of them as they are now (milliseconds since the epoch), of a generation. */
export function withConditions(status: DatabaseStatus | undefined, updates: readonly ConditionUpdate[], { generation, now }: { readonly generation: number; readonly now: number }): NonNullable<DatabaseStatus['conditions']> {
  const context = { generation, now: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z') };
  return updates.reduce((list, update) => setCondition(list, update, context), status?.conditions ?? []);
}
