import type { RunFailureReason } from '@postgres-operator/api';
import { RunError } from '../errors.ts';
import { redact } from '../redact.ts';

interface Pattern {
  readonly pattern: RegExp;
  readonly reason: RunFailureReason;
}

// The first that matches names the failure: libpq's own words for the way to the server, then pg_dump's.
const PATTERNS: readonly Pattern[] = [
  { pattern: /password authentication failed|no password supplied|no pg_hba\.conf entry|FATAL: +role ".*" does not exist/, reason: 'AuthenticationFailed' },
  { pattern: /FATAL: +database ".*" does not exist/s, reason: 'DatabaseMissing' },
  {
    pattern:
      /connection to server .* failed|could not translate host name|server closed the connection|terminating connection|connection to server was lost|the database system is|lost synchronization|SSL (connection|SYSCALL)|could not receive data|no connection to the server/,
    reason: 'ServerUnreachable',
  },
  // pg_dump waits with a timeout for the locks on its tables, and for nothing else: ours is off.
  { pattern: /canceling statement due to (statement|lock) timeout/, reason: 'LockTimeout' },
  { pattern: /no matching \w+ were found/, reason: 'SelectionEmpty' },
];

/** How a tool of PostgreSQL ended. */
export interface ToolEnd {
  readonly tool: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines it wrote. */
  readonly stderr: string;
}

/** The RunError for a tool that failed: its own words, without secrets. `otherwise` is the reason when the server is not to blame. */
export function toolError(end: ToolEnd, otherwise: RunFailureReason, secrets: readonly string[]): RunError {
  const reason = PATTERNS.find(({ pattern }) => pattern.test(end.stderr))?.reason ?? otherwise;
  const ended = end.signal === null ? `exit code ${end.code ?? 'unknown'}` : `ended by ${end.signal}`;
  // The memory limit kills a child without a word; another attempt may meet less.
  const retryable = end.signal === null ? undefined : true;
  return new RunError(reason, redact(`${firstError(end) || `${end.tool} said nothing`} (${ended})`, secrets), retryable === undefined ? {} : { retryable });
}

/** From the first line that is an error on: what comes before is progress and warnings. */
function firstError({ stderr }: ToolEnd): string {
  const at = stderr.search(/^.*(error|FATAL):/m);
  return stderr.slice(Math.max(at, 0)).trim();
}
