import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { examples } from '../fixtures/files.ts';
import { formatRunResult, MAX_RESULT_BYTES, parseRunResult, RUN_FAILURE_REASONS, type RunFailed } from './run-result.ts';

const failed = (message: string): RunFailed => ({ v: 1, outcome: 'failed', reason: 'DumpFailed', message, retryable: false });

describe('the examples', () => {
  test.each(examples('run-results', 'dump-succeeded', 'restore-succeeded', 'drop-previous', 'discard', 'catalogue', 'check', 'drill', 'upgrade', 'failed'))('$what is read as it stands', ({ text }) => {
    expect(parseRunResult(text)).toEqual(JSON.parse(text));
  });

  test.each(examples('run-results', 'unreadable'))('$what', ({ text }) => {
    expect(parseRunResult(text)).toEqual({ outcome: 'unreadable', why: 'the result is not of version 1' });
  });

  test('are all one of these', () => {
    expect(examples('run-results', '').length).toBe(examples('run-results', 'dump-succeeded', 'restore-succeeded', 'drop-previous', 'discard', 'catalogue', 'check', 'drill', 'upgrade', 'failed', 'unreadable').length);
  });
});

describe('reading is total', () => {
  test.each([
    { text: undefined, why: 'the runner left no result' },
    { text: '', why: 'the runner left no result' },
    { text: ' \n', why: 'the runner left no result' },
    { text: 'panic: out of luck', why: 'the result is not JSON' },
    { text: '{"v":1,"outcome":"succ', why: 'the result is not JSON' },
    { text: 'null', why: 'the result is not of version 1' },
    { text: '"succeeded"', why: 'the result is not of version 1' },
    { text: '{"__proto__":{"v":1}}', why: 'the result is not of version 1' },
  ])('$text: $why', ({ text, why }) => {
    expect(parseRunResult(text)).toEqual({ outcome: 'unreadable', why });
  });

  test('whatever text comes in, a value comes out', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(['succeeded', 'failed', 'unreadable']).toContain(parseRunResult(text).outcome);
      }),
    );
  });

  test('whatever becomes of one field of a result, it is read whole or not at all', () => {
    const [good] = examples('run-results', 'dump-succeeded');
    const whole = JSON.parse(good?.text ?? '') as Record<string, unknown>;
    const damaged = fc.record({ key: fc.constantFrom(...Object.keys(whole)), value: fc.jsonValue() }).map(({ key, value }) => ({ ...whole, [key]: value }));
    fc.assert(
      fc.property(damaged, (value) => {
        const result = parseRunResult(JSON.stringify(value));
        if (result.outcome !== 'unreadable') expect(result).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('writing', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), fc.constantFrom(...RUN_FAILURE_REASONS), fc.boolean(), (message, reason, retryable) => {
        const result = { v: 1, outcome: 'failed', reason, message, retryable } as const;
        expect(parseRunResult(formatRunResult(result))).toEqual(result);
      }),
    );
  });

  test.each([
    { what: 'one byte a character', message: 'x'.repeat(10_000) },
    { what: 'four bytes a character', message: '\u{1F418}'.repeat(3000) },
    { what: 'characters that JSON escapes', message: '\u0001"\\\n'.repeat(3000) },
  ])('a message of $what is shortened from its end, and the JSON stays whole', ({ message }) => {
    const text = formatRunResult(failed(message));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
    const result = parseRunResult(text);
    const kept = result.outcome === 'failed' ? result.message : '';
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.endsWith('…')).toBe(true);
    expect(message.startsWith(kept.replace(/…+$/, ''))).toBe(true);
  });

  test('a message that just fits is not shortened', () => {
    const room = MAX_RESULT_BYTES - Buffer.byteLength(formatRunResult(failed('')));
    expect(parseRunResult(formatRunResult(failed('x'.repeat(room))))).toMatchObject({ message: 'x'.repeat(room) });
  });

  test('a success that does not fit is an error, never a cut result', () => {
    const [good] = examples('run-results', 'dump-succeeded');
    const result = parseRunResult(good?.text);
    if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error('the example is no dump');
    expect(() => formatRunResult({ ...result, location: 'x'.repeat(MAX_RESULT_BYTES) })).toThrow(/more than 4096/);
  });

  test('every reason of the runner is one that a result may carry', () => {
    for (const reason of RUN_FAILURE_REASONS) expect(parseRunResult(JSON.stringify({ ...failed(''), reason }))).toMatchObject({ reason });
  });
});
