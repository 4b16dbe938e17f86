import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRunResult, type RunFailureReason } from '@postgres-operator/api';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { RunError, failedResult } from './errors.ts';
import { exitCodeOf, writeResult } from './result-file.ts';

describe('the end of a failed run', () => {
  interface Case {
    readonly what: string;
    readonly error: unknown;
    readonly cancelled?: boolean;
    readonly expected: { readonly reason: RunFailureReason; readonly retryable: boolean };
    readonly exitCode: number;
  }
  it.each<Case>([
    { what: 'a permanent failure', error: new RunError('BackupCorrupt', 'x'), expected: { reason: 'BackupCorrupt', retryable: false }, exitCode: 20 },
    { what: 'a passing failure', error: new RunError('ServerUnreachable', 'x'), expected: { reason: 'ServerUnreachable', retryable: true }, exitCode: 10 },
    { what: 'a stop request, whatever it tore down', error: new Error('Connection terminated'), cancelled: true, expected: { reason: 'Cancelled', retryable: true }, exitCode: 143 },
    { what: 'a bug', error: new TypeError('x is undefined'), expected: { reason: 'InternalError', retryable: false }, exitCode: 20 },
    { what: 'something thrown that is no error', error: 'x', expected: { reason: 'InternalError', retryable: false }, exitCode: 20 },
    { what: 'a refused statement', error: sqlError('42501'), expected: { reason: 'RestoreFailed', retryable: false }, exitCode: 20 },
    { what: 'a deadlock', error: sqlError('40P01'), expected: { reason: 'RestoreFailed', retryable: true }, exitCode: 10 },
  ])('after $what', ({ error, cancelled = false, expected, exitCode }) => {
    const result = failedResult(error, cancelled, 'RestoreFailed');
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expect(exitCodeOf(result)).toBe(exitCode);
  });
});

describe('the result file', () => {
  it('holds the result that the controller reads, and nothing of what was there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'result-'));
    const file = join(folder, 'termination-log');
    await writeFile(file, 'x'.repeat(5000));
    const result = failedResult(new RunError('DumpFailed', 'ü'.repeat(5000)), false);
    await writeResult(file, result);
    expect(parseRunResult(await readFile(file, 'utf8'))).toMatchObject({ outcome: 'failed', reason: 'DumpFailed' });
    await rm(folder, { recursive: true });
  });
});

function sqlError(code: string): DatabaseError {
  const error = new DatabaseError('words', 1, 'error');
  error.code = code;
  return error;
}
