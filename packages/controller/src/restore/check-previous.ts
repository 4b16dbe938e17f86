// Whether the database that another Restore replaced is there to go back to. Pure.
import { ConditionType, findCondition, isTrue, Reason, type Restore } from '@postgres-operator/api';
import type { Unmet } from '../run/checks.ts';
import type { PreviousSource } from './source.ts';

/** The first thing that is missing for going back, if any. */
export function checkPrevious({ metadata, spec }: Restore, { name, restore }: PreviousSource): Unmet | undefined {
  if (name === metadata.name) return notKept(`source.previousOf names this Restore itself: name the one to undo`);
  if (restore === undefined) return { reason: Reason.RestoreNotFound, message: `Restore ${name} does not exist in this namespace; the run starts when it is created and Completed` };
  if (!wasEdited(restore) && restore.spec.databaseRef.name !== spec.databaseRef.name) {
    return notKept(`Restore ${name} is of Database ${restore.spec.databaseRef.name}, and not of ${spec.databaseRef.name}: what it replaced is on another server`);
  }
  const { phase = 'Pending' } = restore.status ?? {};
  if (phase === 'Failed') return notKept(`Restore ${name} Failed, so it replaced nothing`);
  if (phase !== 'Completed') return { reason: Reason.RestoreNotCompleted, message: `Restore ${name} is in phase ${phase}; the run starts when it is Completed` };
  return checkKept(name, restore);
}

function checkKept(name: string, { status }: Restore): Unmet | undefined {
  const kept = findCondition(status?.conditions, ConditionType.PreviousKept);
  if (status?.previousDatabase !== undefined && kept?.status !== 'False') return undefined;
  return notKept(`Nothing that Restore ${name} replaced is there any more${kept === undefined ? '' : `: ${kept.message}`}. Restore a Backup instead`);
}

const notKept = (message: string): Unmet => ({ reason: Reason.PreviousNotKept, message, hopeless: true });

/** Whether the spec says something else by now than what ran. */
export const wasEdited = ({ metadata, status }: Restore): boolean => metadata.generation !== status?.observedGeneration || isTrue(status?.conditions, ConditionType.SpecChangeIgnored);
