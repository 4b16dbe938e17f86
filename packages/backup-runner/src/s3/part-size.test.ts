import { describe, expect, it } from 'vitest';
import { MAX_PARTS, partSize, partsInFlight } from './part-size.ts';

const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

/** How many bytes fit, and how large the largest part is that a backup of `bytes` needs. */
function upload(bytes: number, expected: number): { parts: number; largest: number; fits: boolean } {
  let written = 0;
  let parts = 0;
  let largest = 0;
  while (written < bytes && parts < MAX_PARTS) {
    const size = partSize(written, expected);
    largest = Math.max(largest, size);
    written += size;
    parts += 1;
  }
  return { parts, largest, fits: written >= bytes };
}

describe('the parts of a backup', () => {
  it.each([
    ['1 MiB, as expected', 1024 ** 2, 1024 ** 2, 8],
    ['15 GiB of a database of 50', 15 * GIB, 50 * GIB, 18],
    ['50 GiB of a database of 150', 50 * GIB, 150 * GIB, 57],
    ['1 TiB, expected', TIB, TIB, 1166],
    ['20 TiB, a complete surprise', 20 * TIB, 0, 5120],
    ['48 TiB, expected', 48 * TIB, 48 * TIB, 5120],
  ])('of %s fit, none larger than needed', (_what, bytes, expected, largest) => {
    const found = upload(bytes, expected);
    expect(found.fits).toBe(true);
    expect(found.largest / 1024 ** 2).toBeLessThanOrEqual(largest);
  });

  it.each([
    [5, 2],
    [10, 2],
    [11, 1],
    [5120, 1],
  ])('of %i MiB are sent %i at a time', (size, count) => expect(partsInFlight(size * 1024 ** 2)).toBe(count));
});
