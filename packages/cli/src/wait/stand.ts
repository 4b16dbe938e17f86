// How a run or a drill stands, for a person who waits for it. Pure.
import { ConditionType, findCondition, isTerminalPhase, readableBytes, Reason, type Backup, type Condition, type Restore } from '@postgres-operator/api';
import type { Run } from '../command.ts';
import { PLUGIN } from '../help.ts';
import { isSilent, progressLine } from '../view/bar.ts';

/** What is shown of it. */
export interface Stand {
  /** Where it stands, as a line. */
  readonly text: string;
  /** Is another one when the line is worth being printed anew where nothing can be taken back. */
  readonly step: string;
  /** Whether it has ended, and how. */
  readonly end?: 'well' | 'badly';
}

/** When a person looks, and since when. */
export interface Look {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly since: number;
}

/** A controller that works sees a new object at once; after this long none does. */
const UNSEEN_MS = 15_000;
/** In a pipe progress is told in steps of so many percent. */
const STEP_PERCENT = 10;

/** `Backup shop-monday`. */
export const titleOf = ({ kind, metadata }: Run): string => `${kind} ${metadata.name}`;

/** The condition of a run that says why it is where it is. */
export const readyOf = ({ kind, status }: Run): Condition | undefined => findCondition(status?.conditions, kind === 'Backup' ? ConditionType.BackupReady : ConditionType.RestoreReady);

/** How a run stands. */
export function standOfRun(run: Run, look: Look): Stand {
  const { status = {} } = run;
  const title = titleOf(run);
  const ready = readyOf(run);
  if (isTerminalPhase(status.phase)) return ended(run, ready);
  if ((status.observedGeneration ?? -1) < 0) return unseen(title, look);
  if (status.progress !== undefined && ready?.reason !== Reason.WaitingForRetry) {
    return { text: `${title}: ${progressLine(status.progress, look.now)}`, step: `${title} ${Math.floor(status.progress.percent / STEP_PERCENT)}${isSilent(status.progress, look.now) ? ' silent' : ''}` };
  }
  const { reason, message } = ready ?? { reason: 'Pending', message: 'the operator has seen it' };
  return { text: `${title}: ${reason}: ${message}`, step: `${title} ${reason}` };
}

function unseen(title: string, { now, since }: Look): Stand {
  if (now - since < UNSEEN_MS) return { text: `${title}: created`, step: `${title} created` };
  const text = `${title}: no operator has looked at it yet. Does its controller run? See: kubectl get pods --all-namespaces --selector app.kubernetes.io/name=postgres-operator`;
  return { text, step: `${title} unseen` };
}

function ended(run: Run, ready: Condition | undefined): Stand {
  const title = titleOf(run);
  if (run.status?.phase === 'Completed') return { text: `${title} is Completed: ${run.kind === 'Backup' ? whatWasBackedUp(run) : whatWasRestored(run)}`, step: 'end', end: 'well' };
  const why = ready === undefined ? '' : ` (${ready.reason}): ${ready.message}`;
  return { text: `${title} has Failed${why}\nIts log: ${PLUGIN} logs ${run.kind.toLowerCase()}/${run.metadata.name}`, step: 'end', end: 'badly' };
}

function whatWasBackedUp({ status = {} }: Backup): string {
  const { bytes, rows, tables, duration, backupLocation } = status;
  return [
    ...(bytes === undefined ? [] : [readableBytes(bytes)]),
    ...(rows === undefined ? [] : [`${rows} rows of ${tables ?? 0} tables`]),
    ...(duration === undefined ? [] : [`in ${duration}`]),
    ...(backupLocation === undefined ? [] : [`at ${backupLocation}`]),
  ].join(', ');
}

function whatWasRestored({ metadata, spec, status = {} }: Restore): string {
  const { backupName, databaseName, rows, duration, outageMilliseconds, previousDatabase } = status;
  const parts = [
    `${backupName ?? 'what was asked for'} is in database ${databaseName ?? spec.databaseRef.name}`,
    ...(rows === undefined ? [] : [`${rows} rows`]),
    ...(duration === undefined ? [] : [`in ${duration}`]),
    ...(outageMilliseconds === undefined ? [] : [`clients were kept out for ${outageMilliseconds} ms`]),
  ].join(', ');
  if (previousDatabase === undefined) return parts;
  const until = previousDatabase.keptUntil === undefined ? '' : ` until ${previousDatabase.keptUntil}`;
  return `${parts}\nWhat was live before is kept${until}. To go back: ${PLUGIN} restore ${spec.databaseRef.name} --undo ${metadata.name}`;
}

/** How the drill of a Backup stands that `request` asked for. */
export function standOfDrill(backup: Backup, request: string, look: Look): Stand {
  const { conditions, verification = {} } = backup.status ?? {};
  const proven = findCondition(conditions, ConditionType.RestoreProven);
  if (verification.request === request && proven !== undefined) return answerOf(backup, proven);
  const title = `Drill of ${backup.metadata.name}`;
  if (verification.attempt === undefined) return unseen(title, look);
  // While an earlier answer stands, it is not about this drill.
  const { reason, message } = proven?.status === 'Unknown' ? proven : { reason: Reason.DrillInProgress, message: `attempt ${verification.attempt} is under way` };
  return { text: `${title}: ${reason}: ${message}`, step: `${title} ${verification.attempt} ${reason}` };
}

function answerOf(backup: Backup, { status, reason, message }: Condition): Stand {
  if (status === 'True') return { text: `${titleOf(backup)} is proven: ${message}`, step: 'end', end: 'well' };
  return { text: `${titleOf(backup)} is not proven (${reason}): ${message}`, step: 'end', end: 'badly' };
}
