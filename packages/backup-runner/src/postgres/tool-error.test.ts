import { describe, expect, it } from 'vitest';
import { toolError } from './tool-error.ts';

const end = (stderr: string, signal: string | null = null): Parameters<typeof toolError>[0] => ({ tool: 'pg_dump', code: signal === null ? 1 : null, signal, stderr });

describe('what a tool said', () => {
  it.each([
    ['pg_dump: error: connection to server at "db" (10.0.0.1), port 5432 failed: FATAL:  password authentication failed for user "x"', 'AuthenticationFailed', false],
    ['pg_dump: error: connection to server at "db" (10.0.0.1), port 5432 failed: fe_sendauth: no password supplied', 'AuthenticationFailed', false],
    ['pg_dump: error: connection to server at "db", port 5432 failed: FATAL:  database "a\nb" does not exist', 'DatabaseMissing', false],
    ['pg_dump: error: connection to server at "db" (10.0.0.1), port 5432 failed: Connection refused', 'ServerUnreachable', true],
    ['pg_dump: error: connection to server at "db", port 5432 failed: FATAL:  the database system is starting up', 'ServerUnreachable', true],
    ['pg_dump: error: could not translate host name "db" to address: Name or service not known', 'ServerUnreachable', true],
    ['pg_dump: error: Dumping the contents of table "t" failed: PQgetCopyData() failed.\npg_dump: detail: Error message from server: server closed the connection unexpectedly', 'ServerUnreachable', true],
    ['pg_dump: error: query failed: FATAL:  terminating connection due to administrator command', 'ServerUnreachable', true],
    ['pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\npg_dump: detail: Query was: LOCK TABLE public.item IN ACCESS SHARE MODE', 'LockTimeout', true],
    ['pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout', 'LockTimeout', true],
    ['pg_dump: error: no matching tables were found for pattern "nope"', 'SelectionEmpty', false],
    ['pg_dump: error: no matching schemas were found', 'SelectionEmpty', false],
    ['pg_dump: error: query failed: ERROR:  permission denied for table t', 'DumpFailed', false],
    ['pg_restore: error: could not execute query: ERROR:  role "reader" does not exist', 'DumpFailed', false],
    ['', 'DumpFailed', false],
  ])('%.90s… means %s (retryable: %s)', (stderr, reason, retryable) => {
    expect(toolError(end(stderr), 'DumpFailed', [])).toMatchObject({ reason, retryable });
  });

  it('is reported from its first error on, with the exit code', () => {
    const { message } = toolError(end('pg_dump: warning: x\npg_dump: error: query failed\npg_dump: detail: why\n'), 'DumpFailed', []);
    expect(message).toBe('pg_dump: error: query failed\npg_dump: detail: why (exit code 1)');
  });

  it('is reported without secrets', () => {
    expect(toolError(end('error: bad "hunter2"'), 'DumpFailed', ['hunter2']).message).not.toContain('hunter2');
  });

  it('was nothing: ended by a signal it may work another time', () => {
    expect(toolError(end('', 'SIGKILL'), 'DumpFailed', [])).toMatchObject({ retryable: true, message: 'pg_dump said nothing (ended by SIGKILL)' });
  });
});
