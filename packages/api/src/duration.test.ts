import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  { text: '0s', milliseconds: 0 },
  { text: '250ms', milliseconds: 250 },
  { text: '30s', milliseconds: 30_000 },
  { text: '1h30m', milliseconds: 5_400_000 },
  { text: '24h', milliseconds: 86_400_000 },
  { text: '', milliseconds: undefined },
  { text: '30', milliseconds: undefined },
  { text: '1d', milliseconds: undefined },
  { text: '-1s', milliseconds: undefined },
  { text: '1h 30m', milliseconds: undefined },
])('$text is $milliseconds ms', ({ text, milliseconds }) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
