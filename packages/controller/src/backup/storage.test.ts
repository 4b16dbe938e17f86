import { formatLocation, type BackupSpec } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, CONFIG } from '../../test/fixtures.ts';
import { backupFolder, credentialsSecret, usesOwnClaim } from './storage.ts';

const NOTHING = CONFIG;
const BUCKET = { ...CONFIG, defaultStorageLocation: 's3://company/all/', defaultCredentialsSecret: 'company-keys' };
const CLAIM = { ...CONFIG, defaultStorageLocation: 'pvc://archive' };
const OWN = 'shop/orders/nightly-bbbbbbbb';

describe('a Backup is stored', () => {
  test.each([
    { where: 'in a claim of its own', spec: {}, defaults: NOTHING, location: `pvc://orders-backups/${OWN}` },
    { where: 'there too with an empty location', spec: { storageLocation: '' }, defaults: NOTHING, location: `pvc://orders-backups/${OWN}` },
    { where: 'at the root of a claim', spec: { storageLocation: 'pvc://mine' }, defaults: NOTHING, location: `pvc://mine/${OWN}` },
    { where: 'in a folder of a claim', spec: { storageLocation: 'pvc://mine/daily/' }, defaults: BUCKET, location: `pvc://mine/daily/${OWN}` },
    { where: 'at the root of a bucket', spec: { storageLocation: 's3://mine' }, defaults: NOTHING, location: `s3://mine/${OWN}` },
    { where: 'below a prefix of a bucket', spec: { storageLocation: 's3://mine/a/b c/' }, defaults: NOTHING, location: `s3://mine/a/b c/${OWN}` },
    { where: "in the installation's bucket", spec: {}, defaults: BUCKET, location: `s3://company/all/${OWN}` },
    { where: 'there too with an empty location of its own', spec: { storageLocation: '' }, defaults: BUCKET, location: `s3://company/all/${OWN}` },
    { where: "in the installation's claim", spec: {}, defaults: CLAIM, location: `pvc://archive/${OWN}` },
  ])('$where: $location', ({ spec, defaults, location }) => {
    expect(formatLocation(backupFolder(aBackup({ spec }), defaults))).toBe(location);
  });

  test.each([
    { spec: {}, defaults: NOTHING, own: true },
    { spec: { storageLocation: 'pvc://mine' }, defaults: NOTHING, own: false },
    { spec: {}, defaults: CLAIM, own: false },
    { spec: {}, defaults: BUCKET, own: false },
  ])('with a claim that the operator makes: $own, for $spec', ({ spec, defaults, own }) => {
    expect(usesOwnClaim(aBackup({ spec }), defaults)).toBe(own);
  });
});

describe('its keys are', () => {
  const credentialsRef = { name: 'my-keys' };
  test.each<{ why: string; spec: Partial<BackupSpec>; defaults?: typeof CONFIG; secret: string | undefined }>([
    { why: 'in the Secret that it names', spec: { storageLocation: 's3://mine', credentialsRef }, secret: 'my-keys' },
    { why: "in the Secret that it names, also in the installation's bucket", spec: { credentialsRef }, secret: 'my-keys' },
    { why: "in the installation's Secret in the installation's bucket", spec: {}, secret: 'company-keys' },
    { why: "never those of the installation's bucket for a bucket that it names", spec: { storageLocation: 's3://mine' }, secret: undefined },
    { why: 'not needed for a claim', spec: { storageLocation: 'pvc://mine', credentialsRef }, secret: undefined },
    { why: 'what a cloud gives the pod where the installation names no Secret', spec: {}, defaults: { ...BUCKET, defaultCredentialsSecret: '' }, secret: undefined },
  ])('$why', ({ spec, defaults = BUCKET, secret }) => {
    const backup = aBackup({ spec });
    expect(credentialsSecret(backup, backupFolder(backup, defaults), defaults)).toBe(secret);
  });
});
