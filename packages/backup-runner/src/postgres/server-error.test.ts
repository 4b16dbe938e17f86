import { describe, expect, it } from 'vitest';
import { RunError } from '../errors.ts';
import { serverError } from './server-error.ts';

const coded = (code: string): Error => Object.assign(new Error('words'), { code });
const target = { host: 'db', port: 5432 };

describe('an error on the way to the server', () => {
  it.each([
    [coded('28P01'), 'AuthenticationFailed', false],
    [coded('28000'), 'AuthenticationFailed', false],
    [coded('3D000'), 'DatabaseMissing', false],
    [coded('57P03'), 'ServerUnreachable', true],
    [coded('ECONNREFUSED'), 'ServerUnreachable', true],
    [coded('EAI_AGAIN'), 'ServerUnreachable', true],
    [coded('08006'), 'ServerUnreachable', true],
    [new Error('Connection terminated unexpectedly'), 'ServerUnreachable', true],
    [new Error('timeout expired'), 'ServerUnreachable', true],
  ])('%s is %s (retryable: %s)', (error, reason, retryable) => {
    expect(serverError(error, target)).toMatchObject({ reason, retryable, message: expect.stringContaining('db:5432') as string });
  });

  it('is not one of a statement', () => {
    expect(serverError(coded('42P01'), target)).toBeUndefined();
    expect(serverError(new Error('words'), target)).toBeUndefined();
  });

  it('that is known stays what it is', () => {
    const known = new RunError('BackupCorrupt', 'x');
    expect(serverError(known, target)).toBe(known);
  });
});
