import { expect, test } from 'vitest';
import { BAD, GOOD, type Manifest } from '../fixtures/objects.ts';
import { isStorageLocation } from './storage-location.ts';

const locationOf = ({ spec }: Manifest): string => (spec as { storageLocation?: string }).storageLocation ?? '';
const locations = (list: readonly { readonly object: Manifest }[]): string[] => list.map(({ object }) => locationOf(object)).filter((location) => location !== '');

test.each(locations(GOOD))('%j is a location, as the CRD has it', (location) => {
  expect(isStorageLocation(location)).toBe(true);
});

test.each(['', ...locations(BAD)])('%j is none', (location) => {
  expect(isStorageLocation(location)).toBe(false);
});

test('there is something to compare', () => {
  expect([locations(GOOD).length > 3, locations(BAD).length > 10]).toEqual([true, true]);
});
