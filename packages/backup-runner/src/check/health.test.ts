import { describe, expect, test } from 'vitest';
import { healthFindings, type HealthFacts } from './health.ts';

const WELL: HealthFacts = { damaged: [], collations: [], oldest: { name: 'shop', age: 200_000_000 }, usedBytes: 50 };

describe('what statistics and catalogs say', () => {
  test.each<{ what: string; facts: Partial<HealthFacts>; volumeBytes?: number; says: string[] }>([
    { what: 'nothing', facts: {}, volumeBytes: 100, says: [] },
    { what: 'a full volume whose size is not known', facts: { usedBytes: 10 ** 15 }, says: [] },
    { what: 'a volume that is almost full', facts: { usedBytes: 90 }, volumeBytes: 100, says: ['SpaceLow: data and WAL have 90 bytes'] },
    { what: 'a volume with a tenth to spare', facts: { usedBytes: 89 }, volumeBytes: 100, says: [] },
    { what: 'transactions that VACUUM does not get at', facts: { oldest: { name: 'shop', age: 1_500_000_000 } }, says: ['WraparoundNear: the oldest transaction in database shop is 1500000000'] },
    { what: 'damage', facts: { damaged: [{ name: 'shop', failures: 3 }, { name: '', failures: 1 }] }, says: ['ChecksumFailures: the primary has read 3 damaged pages of database shop and 1 more'] },
    { what: 'damage in what all databases share', facts: { damaged: [{ name: '', failures: 1 }] }, says: ['ChecksumFailures: the primary has read 1 damaged pages of what all databases share:'] },
    { what: 'another order of text', facts: { collations: [{ name: 'shop', recorded: '2.31', actual: '2.36' }] }, says: ['CollationVersionMismatch: the image sorts text in another way than the one that made shop (2.31, now 2.36)'] },
  ])('$what', ({ facts, volumeBytes, says }) => {
    const found = healthFindings({ ...WELL, ...facts }, volumeBytes).map(({ reason, message }) => `${reason}: ${message}`);
    expect(found).toEqual(says.map((beginning) => expect.stringContaining(beginning) as string));
  });
});
