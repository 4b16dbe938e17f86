import { describe, expect, test } from 'vitest';
import { quantityValue } from './quantity.ts';

describe('quantityValue', () => {
  // The right-hand side is how the API server writes the left-hand one.
  test.each([
    ['1024Mi', '1Gi'],
    ['0.5', '500m'],
    ['0.7', '700m'],
    ['1.1', '1100m'],
    ['0.1Gi', '107374182400m'],
    ['0.3G', '300M'],
    ['1000m', '1'],
    ['1000u', '1m'],
    ['100n', '0.1u'],
    ['1e3', '1k'],
    ['1E3', '1k'],
    ['2e-3', '2m'],
    ['+5', '5'],
    ['1.', '1'],
    ['.5', '500m'],
  ])('%s is %s', (one, other) => {
    expect(quantityValue(one)).toBe(quantityValue(other));
    expect(quantityValue(one)).toBeTypeOf('number');
  });

  test.each([
    ['1Gi', 1_073_741_824],
    ['50G', 50_000_000_000],
    ['-1', -1],
    ['1E', 1e18],
    ['1Ei', 2 ** 60],
    [3, 3],
  ])('%s is %d', (text, value) => {
    expect(quantityValue(text)).toBe(value);
  });

  test.each(['', ' ', 'Gi', '1gi', '1 Gi', 'postgres:14', '1.2.3', '0x10', 'NaN', undefined, null, {}])('%o is no quantity', (text) => {
    expect(quantityValue(text)).toBeUndefined();
  });
});
