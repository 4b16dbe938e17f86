import { expect, test } from 'vitest';
import { parseAge, parseDuration } from './duration.ts';

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

test.each([
  { text: '90d', milliseconds: 90 * 86_400_000 },
  { text: '2w1d', milliseconds: 15 * 86_400_000 },
  { text: '36h', milliseconds: 36 * 3_600_000 },
  { text: '5m', milliseconds: 300_000 },
  { text: '90', milliseconds: undefined },
  { text: '30s', milliseconds: undefined },
  { text: '1y', milliseconds: undefined },
])('an age of $text is $milliseconds ms', ({ text, milliseconds }) => {
  expect(parseAge(text)).toBe(milliseconds);
});
