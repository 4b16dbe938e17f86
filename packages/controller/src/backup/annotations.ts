// What is answered to a person who annotates a Backup that has ended. Pure.
import { ANNOTATION_RUN_NOW, ANNOTATION_SCAN, ConditionType, findCondition, isTrue, Reason, standingOf, type Backup } from '@postgres-operator/api';
import type { RunPlan } from '../run/kind.ts';
import { statusWriter } from '../run/status.ts';
import { BACKUP_NAMES } from './names.ts';

/** At a moment; undefined when there is nothing to say. */
export const answer = (backup: Backup, now: number): RunPlan | undefined => accepted(backup, now) ?? ignored(backup, now);

/** A person may say of a suspicious backup that it is as it is meant to be. */
function accepted(backup: Backup, now: number): RunPlan | undefined {
  if (!isTrue(backup.status?.conditions, ConditionType.Suspicious) || standingOf(backup) !== 'good') return undefined;
  const message = 'A person has accepted it: it counts as good';
  return { effects: [], status: statusWriter(BACKUP_NAMES, backup, now).later({ type: ConditionType.Suspicious, status: 'False', reason: Reason.Accepted, message }) };
}

/** What only a schedule is asked for is not done in silence. */
function ignored(backup: Backup, now: number): RunPlan | undefined {
  const names = [ANNOTATION_RUN_NOW, ANNOTATION_SCAN].filter((name) => (backup.metadata.annotations?.[name] ?? '') !== '');
  if (names.length === 0) return undefined;
  const message = `Only a Backup with spec.schedule is asked by ${names.join(' and ')}: this one has none, and nothing is done`;
  if (findCondition(backup.status?.conditions, ConditionType.AnnotationIgnored)?.message === message) return undefined;
  const status = statusWriter(BACKUP_NAMES, backup, now).later({ type: ConditionType.AnnotationIgnored, status: 'True', reason: Reason.NoSchedule, message });
  return { effects: [], status, notice: { what: 'was asked for what a schedule does', reason: Reason.NoSchedule, message } };
}
