import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aBackup } from '../../test/fixtures.ts';
import { backupFolder } from '../backup/desired-run.ts';
import { formatClaimLocation, parseClaimLocation } from './location.ts';

test.each([
  ['pvc://claim', { claim: 'claim', path: '' }],
  ['pvc://claim/', { claim: 'claim', path: '' }],
  ['pvc://claim/a/b', { claim: 'claim', path: 'a/b' }],
  ['pvc://claim/a/b/', { claim: 'claim', path: 'a/b' }],
  ['pvc://claim.with.dots/a b', { claim: 'claim.with.dots', path: 'a b' }],
])('%s is a folder in a claim', (location, folder) => {
  expect(parseClaimLocation(location)).toEqual(folder);
});

test.each(['', 'pvc://', 'pvc:///a', 's3://bucket/a', 'PVC://claim', 'claim/a'])('%j is none', (location) => {
  expect(parseClaimLocation(location)).toBeUndefined();
});

test('what is written is read back', () => {
  const claim = fc.stringMatching(/^[a-z0-9.-]+$/);
  const path = fc.array(fc.stringMatching(/^[^/\n\r\u2028\u2029]+$/)).map((parts) => parts.join('/'));
  const folders = fc.record({ claim, path });
  fc.assert(
    fc.property(folders, (folder) => {
      expect(parseClaimLocation(formatClaimLocation(folder))).toEqual({ ...folder });
    }),
  );
});

test.each([
  { storageLocation: undefined, claim: 'orders-backups', path: 'shop/orders/nightly-bbbbbbbb' },
  { storageLocation: '', claim: 'orders-backups', path: 'shop/orders/nightly-bbbbbbbb' },
  { storageLocation: 'pvc://archive', claim: 'archive', path: 'shop/orders/nightly-bbbbbbbb' },
  { storageLocation: 'pvc://archive/daily/', claim: 'archive', path: 'daily/shop/orders/nightly-bbbbbbbb' },
])('a Backup with location $storageLocation is stored in $path of claim $claim', ({ storageLocation, claim, path }) => {
  expect(backupFolder(aBackup({ spec: storageLocation === undefined ? {} : { storageLocation } }))).toEqual({ claim, path });
});
