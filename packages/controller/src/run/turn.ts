// Per Database one Backup or Restore runs at a time. Who is next follows from what is observed: what is at work first,
// then the oldest that could start. Pure.
import { isTerminalPhase } from '@postgres-operator/api';
import { pauseLeft } from './attempts.ts';
import type { RunObject } from './desired-job.ts';

/** Another run of the same Database that has not ended. */
export interface Rival {
  readonly object: RunObject;
  /** Everything it needs is there, so it would start if it had the turn. */
  readonly startable: boolean;
}

/** True for Completed and Failed: such a run never runs again. */
export const isTerminal = ({ status }: RunObject): boolean => isTerminalPhase(status?.phase);

/** What goes before this run, if anything: what is at work, or an older run whose time has come. */
export function goesFirst(self: RunObject, { rivals, atWork }: { readonly rivals: readonly Rival[]; readonly atWork: readonly string[] }, now: number): string | undefined {
  const older = rivals.find((rival) => rival.startable && pauseLeft(rival.object, now) === 0 && isOlder(rival.object, self))?.object;
  return atWork[0] ?? (older && `${older.kind} ${older.metadata.name}`);
}

function isOlder({ metadata: one }: RunObject, { metadata: other }: RunObject): boolean {
  const [oneTime, otherTime] = [one.creationTimestamp ?? '', other.creationTimestamp ?? ''];
  return oneTime === otherTime ? one.uid < other.uid : oneTime < otherTime;
}
