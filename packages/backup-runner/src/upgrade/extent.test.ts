import { describe, expect, test } from 'vitest';
import { spaceFindings } from './extent.ts';

const MIB = 2 ** 20;

describe('the new copy', () => {
  const extent = { tables: 1, bytes: 10 * MIB, neededBytes: 84 * MIB, usedBytes: 60 * MIB };
  test.each([
    { why: 'fits', volumeBytes: 1024 * MIB, freeBytes: 900 * MIB, says: undefined },
    { why: 'fits where nobody knows the size of the claim', volumeBytes: undefined, freeBytes: 900 * MIB, says: undefined },
    { why: 'does not fit into the claim', volumeBytes: 128 * MIB, freeBytes: 900 * MIB, says: 'the volume has 128 MiB, of which 60 MiB are used; the new copy needs 84 MiB more while both are there. Grow storage.size' },
    { why: 'does not fit into what is free, whatever the claim says', volumeBytes: 1024 * MIB, freeBytes: 50 * MIB, says: '50 MiB are free on the volume; the new copy needs 84 MiB more while both are there. Make room there' },
  ])('$why', ({ volumeBytes, freeBytes, says }) => {
    expect(spaceFindings(extent, { volumeBytes, freeBytes })[0]?.message).toBe(says);
  });
});
