import { describe, expect, it } from 'vitest';
import type { ListedFolder } from '../storage/listing.ts';
import { candidatesIn, type Position } from './candidates.ts';

const folder = (name: string, storedAt = '2026-01-02T03:04:05.000Z', file = 'manifest.json'): ListedFolder => ({ name, files: [{ name: file, bytes: 100, storedAt }] });
const names = (folders: readonly ListedFolder[], after?: Position): string[] => candidatesIn(folders, after).map((one) => one.folder);

describe('what is looked at', () => {
  it.each([
    ['nightly-0a1b2c3d', true],
    ['nightly-20260102-030405-0a1b2c3d', true],
    [`${'n'.repeat(52)}-0a1b2c3d`, true],
    [`${'n'.repeat(53)}-0a1b2c3d`, false],
    ['nightly', false],
    ['Nightly-0a1b2c3d', false],
    ['nightly-0A1B2C3D', false],
    ['.nightly.0a1b2c3d.partial', false],
    ['..-0a1b2c3d', false],
    ['nightly\u0000-0a1b2c3d', false],
    ['nightly\n-0a1b2c3d', false],
    ['nightly-0a1b2c3d\n', false],
  ])('%j: %s', (name, isOne) => expect(names([folder(name)])).toEqual(isOne ? [name] : []));

  it('has a manifest', () => expect(names([folder('half-0a1b2c3d', undefined, 'dump.pgcustom.zst')])).toEqual([]));
});

describe('the order', () => {
  const folders = [folder('old-0a1b2c3d', '2026-01-01T00:00:00.000Z'), folder('b-0a1b2c3d'), folder('new-0a1b2c3d', '2026-02-01T00:00:00.000Z'), folder('a-0a1b2c3d')];

  it('is the newest first, and by name where the time is the same', () => expect(names(folders)).toEqual(['new-0a1b2c3d', 'a-0a1b2c3d', 'b-0a1b2c3d', 'old-0a1b2c3d']));

  it('goes on after a position, whether that folder is still there or not, and leaves out what is newer', () => {
    expect(names(folders, { storedAt: '2026-01-02T03:04:05.000Z', folder: 'a-0a1b2c3d' })).toEqual(['b-0a1b2c3d', 'old-0a1b2c3d']);
    expect(names(folders, { storedAt: '2026-01-03T00:00:00.000Z', folder: 'gone-0a1b2c3d' })).toEqual(['a-0a1b2c3d', 'b-0a1b2c3d', 'old-0a1b2c3d']);
    expect(names(folders, { storedAt: '2026-01-01T00:00:00.000Z', folder: 'old-0a1b2c3d' })).toEqual([]);
  });
});
