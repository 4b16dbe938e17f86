import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLocation, parseLocation, placeOf, type StorageFolder } from './storage-folder.ts';

test.each<[string, StorageFolder]>([
  ['pvc://claim', { type: 'claim', name: 'claim', path: '' }],
  ['pvc://claim/', { type: 'claim', name: 'claim', path: '' }],
  ['pvc://claim/a/b', { type: 'claim', name: 'claim', path: 'a/b' }],
  ['pvc://claim/a/b/', { type: 'claim', name: 'claim', path: 'a/b' }],
  ['pvc://claim.with.dots/a b', { type: 'claim', name: 'claim.with.dots', path: 'a b' }],
  ['s3://bucket', { type: 's3', name: 'bucket', path: '' }],
  ['s3://bucket.with.dots/a/b c/', { type: 's3', name: 'bucket.with.dots', path: 'a/b c' }],
])('%s is a place', (location, folder) => {
  expect(parseLocation(location)).toEqual(folder);
});

test.each(['', 'pvc://', 'pvc:///a', 's3://', 's3:///a', 'PVC://claim', 'gs://bucket/a', 'constructor://bucket/a', 'claim/a'])('%j is none', (location) => {
  expect(parseLocation(location)).toBeUndefined();
});

test('what is written is read back', () => {
  const name = fc.stringMatching(/^[a-z0-9.-]+$/);
  const path = fc.array(fc.stringMatching(/^[^/\n\r\u2028\u2029]+$/)).map((parts) => parts.join('/'));
  const folders = fc.record({ type: fc.constantFrom('claim', 's3'), name, path });
  fc.assert(
    fc.property(folders, (folder) => {
      expect(parseLocation(formatLocation(folder))).toEqual({ ...folder });
    }),
  );
});

test.each([
  { folder: { type: 'claim', name: 'archive', path: 'a/b' }, place: { type: 'claim', location: 'pvc://archive/a/b', path: 'a/b' } },
  { folder: { type: 's3', name: 'bucket', path: 'a/b' }, place: { type: 's3', location: 's3://bucket/a/b', bucket: 'bucket', prefix: 'a/b' } },
] as const)('a runner is told of a $folder.type as it stands in the contract', ({ folder, place }) => {
  expect(placeOf(folder)).toEqual(place);
});
