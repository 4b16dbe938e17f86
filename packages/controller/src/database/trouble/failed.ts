// When a Database that never was up is given up, and when it is taken up again. Pure.
import { ConditionType, findCondition, ServerTrouble, type Condition, type Database } from '@postgres-operator/api';
import type { Trouble } from './troubles.ts';

/** How long servers that never were up may be in trouble before their Database is Failed. Pulling a large image that a registry refuses now and then takes minutes. */
export const FAILED_AFTER_MS = 600_000;

const isTrouble = (reason: string | undefined): boolean => Object.values<string | undefined>(ServerTrouble).includes(reason);

/**
 * True when a Database is Failed for the trouble of its servers: it never was up, and has been in trouble for ten minutes.
 * It stays so until the trouble is over, which the change of a spec brings about with a new pod. One that was up before is
 * never given up: it holds data.
 */
export function isGivenUp({ status }: Database, troubles: readonly Trouble[], now: number): boolean {
  if (troubles.length === 0 || status?.endpoint !== undefined) return false;
  const since = (type: string): number => troubledSince(findCondition(status?.conditions, type));
  return (status?.phase === 'Failed' && since(ConditionType.Stalled) <= now) || now - since(ConditionType.Degraded) >= FAILED_AFTER_MS;
}

/** Since when a condition has told of a trouble, in milliseconds; far in the future when it does not. */
const troubledSince = (condition: Condition | undefined): number => (condition?.status === 'True' && isTrouble(condition.reason) ? Date.parse(condition.lastTransitionTime) : Number.POSITIVE_INFINITY);
