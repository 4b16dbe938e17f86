import type { RunRequest } from '@postgres-operator/api';
import { describe, expect, it } from 'vitest';
import { nameClaim } from './claim-name.ts';

const common = { v: 1, object: { kind: 'Backup', namespace: 'shop', name: 'nightly', uid: '0a1b2c3d-0000-4000-8000-000000000001' }, operatorVersion: '1' } as const;
const request = (destination: object): RunRequest => ({ ...common, command: 'discard', destination }) as RunRequest;
const CLAIM = request({ location: 'pvc://backups/a/b', path: 'a/b' });

describe('a message about a claim', () => {
  it.each([
    ['/backups/a: the claim is mounted read-only', 'pvc://backups/a: the claim is mounted read-only'],
    [`EIO: i/o error, open '/backups/a/b/x'`, `EIO: i/o error, open 'pvc://backups/a/b/x'`],
    ['/backups is a symbolic link; /backups/a too', 'pvc://backups is a symbolic link; pvc://backups/a too'],
    ['no space left in pvc://other/backups/a', 'no space left in pvc://other/backups/a'],
    ['/backups-of-old/a and /tmp/backups/a', '/backups-of-old/a and /tmp/backups/a'],
  ])('%s: %s', (message, named) => {
    expect(nameClaim(message, CLAIM, '/backups')).toBe(named);
  });

  it('is left alone where there is no claim', () => {
    expect(nameClaim('/backups/a', request({ type: 's3', location: 's3://b/a', bucket: 'b', prefix: 'a' }), '/backups')).toBe('/backups/a');
  });
});
