// The contract from a runner to the controller while it works: lines of its log, read from the pod's log now and then.

/** `msg` of a log line that tells how far a run has come. */
export const PROGRESS_MESSAGE = 'progress';

/** How far a run has come, as its runner says it. */
export interface RunProgress {
  /** RFC 3339: when the line was written. */
  readonly time: string;
  /** 0 to 100. */
  readonly percent: number;
  /** Bytes that have passed, before compression. */
  readonly bytes: number;
  /** Table that is under way, as schema.table. */
  readonly table?: string;
  /** Seconds until the end, if it goes on like this. */
  readonly secondsLeft?: number;
}

/** The last progress in some lines of a log. Total: whatever else is in there is passed over. */
export function lastProgress(log: string): RunProgress | undefined {
  for (const line of log.split('\n').reverse()) {
    const progress = parseProgressLine(line);
    if (progress !== undefined) return progress;
  }
  return undefined;
}

/** Reads one line of a runner's log; undefined when it is anything but a whole progress line. */
export function parseProgressLine(line: string): RunProgress | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isProgress(value) ? { time: value.time, percent: value.percent, bytes: value.bytes, ...optional(value) } : undefined;
}

type Line = { msg: string; time: string; percent: number; bytes: number } & Record<string, unknown>;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function isProgress(value: unknown): value is Line {
  const { msg, time, percent, bytes } = value as Record<string, unknown>;
  return msg === PROGRESS_MESSAGE && typeof time === 'string' && Number.isFinite(Date.parse(time)) && isCount(percent) && percent <= 100 && isCount(bytes);
}

const optional = ({ table, secondsLeft }: Line): Pick<RunProgress, 'table' | 'secondsLeft'> => ({
  ...(typeof table === 'string' && table !== '' && { table: table.slice(0, 256) }),
  ...(isCount(secondsLeft) && { secondsLeft }),
});
