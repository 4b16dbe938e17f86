/** The end of a log has what went wrong; its beginning tells how a server starts. */
const LINES = 4;
const LENGTH = 600;

/** The last words of a container, on one line; empty when it said nothing. */
export const lastLines = (message: string | undefined): string =>
  (message ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-LINES)
    .join(' | ')
    .slice(-LENGTH);
