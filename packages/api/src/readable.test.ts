import { describe, expect, test } from 'vitest';
import { readableBytes, readableSeconds } from './readable.ts';

describe('bytes', () => {
  test.each([
    [0, '0Ki'],
    [664, '0.6Ki'],
    [1024, '1Ki'],
    [1536, '1.5Ki'],
    [10 * 1024 + 600, '11Ki'],
    [1024 ** 2 - 1, '1024Ki'],
    [1.25 * 1024 ** 3, '1.3Gi'],
    [130 * 1024 ** 2, '130Mi'],
    [3 * 1024 ** 6, '3072Pi'],
  ])('%d are %s', (bytes, says) => {
    expect(readableBytes(bytes)).toBe(says);
  });
});

describe('seconds', () => {
  test.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [192, '3m12s'],
    [3600, '1h'],
    [7509, '2h5m'],
    [3601, '1h'],
    [97_200, '1d3h'],
  ])('%d are %s', (seconds, says) => {
    expect(readableSeconds(seconds)).toBe(says);
  });
});
