type Level = 'debug' | 'info' | 'warn' | 'error';
const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];
type Fields = Readonly<Record<string, unknown>>;

/** Structured log: a constant message and fields, one JSON line each. */
export type Logger = Record<Level, (message: string, fields?: Fields) => void>;

/** A logger that writes lines of this level and above. */
export function createLogger(level: Level, write: (line: string) => void = (line) => void process.stdout.write(line)): Logger {
  const enabled = LEVELS.slice(LEVELS.indexOf(level));
  const method =
    (name: Level) =>
    (message: string, fields: Fields = {}): void => {
      if (enabled.includes(name)) write(`${JSON.stringify({ time: new Date().toISOString(), level: name, msg: message, ...fields })}\n`);
    };
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') };
}

/** What an error says, with its cause. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
