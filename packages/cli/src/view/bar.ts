// How far something has come, as a line. Pure.
import { readableBytes, readableSeconds, type Progress } from '@postgres-operator/api';

const WIDTH = 24;
/** The operator writes progress every five seconds: after this long it hears nothing of the runner, or nobody hears of the operator. */
const SILENCE_MS = 60_000;

/** `[######------------------]  25 %`. */
export function bar(percent: number): string {
  const full = Math.round((percent / 100) * WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${String(percent).padStart(3)} %`;
}

/** Whether nobody has written for too long how far a run is. */
export const isSilent = ({ observedAt }: Pick<Progress, 'observedAt'>, now: number): boolean => now - Date.parse(observedAt) > SILENCE_MS;

/** The progress of a run at a moment, with the time that is left. */
export function progressLine({ percent, bytes, table, estimatedCompletionTime, observedAt }: Progress, now: number): string {
  const left = Date.parse(estimatedCompletionTime ?? '') - now;
  return [
    bar(percent),
    readableBytes(bytes),
    ...(left > 0 ? [`about ${readableSeconds(Math.ceil(left / 1000))} left`] : []),
    ...(table === undefined ? [] : [table]),
    ...(isSilent({ observedAt }, now) ? [`(last heard of ${readableSeconds(Math.round((now - Date.parse(observedAt)) / 1000))} ago: does the controller run?)`] : []),
  ].join('  ');
}
