/** The end of a log has what went wrong; its beginning tells how a server starts. */
const LINES = 4;
const LENGTH = 600;

/** What PostgreSQL ends for, and what it adds to that. What it says to clients meanwhile is none of it. */
const GRAVE = /\b(FATAL|PANIC|DETAIL|HINT):(?! *the database system is)/;

/** The last words of a container, on one line, up to what it ended for if it said so; empty when it said nothing. */
export function lastLines(message: string | undefined): string {
  const lines = (message ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const grave = lines.findLastIndex((line) => GRAVE.test(line));
  return lines
    .slice(0, grave < 0 ? lines.length : grave + 1)
    .slice(-LINES)
    .join(' | ')
    .slice(-LENGTH);
}
