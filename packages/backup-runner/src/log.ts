// Structured log lines: a constant message, and fields. They go to stdout, where `kubectl logs` finds them.

/** Values that may be logged. Never a credential. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one line. */
export type Log = (message: string, fields?: LogFields) => void;

/** Makes a log of JSON lines. */
export function jsonLog(write: (line: string) => void): Log {
  return (message, fields = {}) => write(`${JSON.stringify({ time: new Date().toISOString(), msg: message, ...fields })}\n`);
}
