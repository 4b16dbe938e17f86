// Per Database one Backup or Restore runs at a time. Who is next follows from what is observed: those at work first,
// then the oldest that could start. Pure.
import type { RunObject } from './desired-job.ts';

/** Another run of the same Database. */
export interface Rival {
  readonly object: RunObject;
  /** It has a Job that has not ended. */
  readonly atWork: boolean;
  /** Everything it needs is there, so it would start if it had the turn. */
  readonly startable: boolean;
}

/** True for Completed and Failed: such a run never runs again. */
export const isTerminal = ({ status }: RunObject): boolean => status?.phase === 'Completed' || status?.phase === 'Failed';

/** The run that goes before this one, if any. */
export function goesFirst(self: RunObject, rivals: readonly Rival[]): RunObject | undefined {
  const atWork = rivals.find((rival) => rival.atWork);
  return (atWork ?? rivals.find((rival) => rival.startable && isOlder(rival.object, self)))?.object;
}

function isOlder({ metadata: one }: RunObject, { metadata: other }: RunObject): boolean {
  const [oneTime, otherTime] = [one.creationTimestamp ?? '', other.creationTimestamp ?? ''];
  return oneTime === otherTime ? one.uid < other.uid : oneTime < otherTime;
}
