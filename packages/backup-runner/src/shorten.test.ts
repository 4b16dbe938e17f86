import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shorten } from './shorten.ts';

describe('a text that has to be short', () => {
  it.each([
    ['stays as it is', 'table', 5, 'table'],
    ['is cut, and shows it', 'table of rows', 8, 'table…'],
    ['is cut before a character that does not fit whole', 'aüüü', 6, 'aü…'],
    ['is counted as JSON writes it', '"""""', 9, '"""…'],
    ['loses no half of a pair', '😀😀', 7, '😀…'],
  ])('%s', (_what, text, limit, expected) => expect(shorten(text, limit)).toBe(expected));

  it('is never longer than allowed, in bytes of JSON or in characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 3, max: 40 }), (text, limit) => {
        const short = shorten(text, limit);
        expect(Buffer.byteLength(JSON.stringify(short)) - 2).toBeLessThanOrEqual(limit);
        expect(short.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
