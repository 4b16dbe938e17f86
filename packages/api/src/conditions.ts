import type { Condition } from './meta.ts';

/** A condition as a decision states it; the time of its last change is worked out by {@link setCondition}. */
export type ConditionUpdate = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Where a condition is set: at which generation of the object, and when. */
export interface ConditionContext {
  readonly generation: number;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/**
 * Returns `conditions` with `update` in it:
 * - a condition of a new type is added, with lastTransitionTime = now;
 * - when its status stays the same, reason, message and observedGeneration follow but lastTransitionTime does not move;
 * - when its status changes, lastTransitionTime = now.
 */
export function setCondition(conditions: readonly Condition[], update: ConditionUpdate, { generation, now }: ConditionContext): Condition[] {
  const before = conditions.find((condition) => condition.type === update.type);
  const lastTransitionTime = before !== undefined && before.status === update.status ? before.lastTransitionTime : now;
  const after: Condition = { ...update, lastTransitionTime, observedGeneration: generation };
  return before === undefined ? [...conditions, after] : conditions.map((condition) => (condition === before ? after : condition));
}

/** The same with several, one after the other. */
export const setConditions = (conditions: readonly Condition[] | undefined, updates: readonly ConditionUpdate[], context: ConditionContext): Condition[] =>
  updates.reduce((list, update) => setCondition(list, update, context), [...(conditions ?? [])]);

/** The condition of a type, if it is there. */
export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

/** True when the condition is there with status True. */
export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean => findCondition(conditions, type)?.status === 'True';
