import { describe, expect, it } from 'vitest';
import type { ListedFolder, ListedUpload } from '../storage/listing.ts';
import { isSpared, orphansIn, summary } from './orphans.ts';

const NOW = Date.parse('2026-01-03T03:04:05Z');
const [OLD, YOUNG] = ['2026-01-02T03:04:04.000Z', '2026-01-02T03:04:06.000Z'];
const [DUMP, GLOBALS] = ['dump.1a1b2c3d.pgcustom.zst', 'globals.1a1b2c3d.sql.zst'];
const folder = (name: string, files: Record<string, string>): ListedFolder => ({ name, files: Object.entries(files).map(([file, storedAt]) => ({ name: file, bytes: 10, storedAt })) });
const upload = (name: string, storedAt: string): ListedUpload => ({ folder: name, name: DUMP, id: 'u', bytes: 7, storedAt });
const PARTIAL = '.nightly-0a1b2c3d.1a1b2c3d.partial';

describe('what is left in a folder', () => {
  it.each<{ what: string; stored: ListedFolder[]; uploads?: ListedUpload[]; left?: string[]; open?: number }>([
    { what: 'files of an attempt without a manifest', stored: [folder('nightly-0a1b2c3d', { [DUMP]: OLD, [GLOBALS]: OLD })], left: [DUMP, GLOBALS] },
    { what: 'nothing that is younger than a day', stored: [folder('nightly-0a1b2c3d', { [DUMP]: YOUNG })] },
    { what: 'nothing of a folder into which something was written since', stored: [folder('nightly-0a1b2c3d', { [GLOBALS]: OLD, [DUMP]: YOUNG })] },
    { what: 'nothing of one into which something is being uploaded', stored: [folder('nightly-0a1b2c3d', { [DUMP]: OLD })], uploads: [upload('nightly-0a1b2c3d', YOUNG)] },
    { what: 'nothing of a backup, whatever else lies there', stored: [folder('nightly-0a1b2c3d', { [DUMP]: OLD, [GLOBALS]: OLD, 'manifest.json': OLD })] },
    { what: 'no file with a name that no attempt gives', stored: [folder('nightly-0a1b2c3d', { 'photo.jpg': OLD, 'dump.pgcustom.zst': OLD, [GLOBALS]: OLD })], left: [GLOBALS] },
    { what: 'all that a killed run left in a claim', stored: [folder(PARTIAL, { 'dump.pgcustom.zst': OLD })], left: ['dump.pgcustom.zst'] },
    { what: 'all of a backup in a claim whose deletion broke off', stored: [folder(PARTIAL, { 'dump.pgcustom.zst': OLD, 'manifest.json': OLD })], left: ['dump.pgcustom.zst', 'manifest.json'] },
    { what: 'nothing that a run is writing into a claim', stored: [folder(PARTIAL, { 'dump.pgcustom.zst': YOUNG })] },
    { what: 'nothing of an empty folder', stored: [folder('nightly-0a1b2c3d', {})] },
    { what: 'nothing of the folder of somebody else', stored: [folder('photos', { [DUMP]: OLD })], uploads: [upload('photos', OLD)] },
    { what: 'nothing of somebody else’s that looks partial', stored: [folder('.photos.1a1b2c3d.partial', { [DUMP]: OLD })] },
    { what: 'an upload alone', stored: [], uploads: [upload('nightly-0a1b2c3d', OLD)], open: 1 },
    { what: 'no upload into which something was written since', stored: [], uploads: [upload('nightly-0a1b2c3d', YOUNG)] },
    { what: 'an upload beside a manifest, and none that is young', stored: [folder('nightly-0a1b2c3d', { [DUMP]: OLD, 'manifest.json': YOUNG })], uploads: [upload('nightly-0a1b2c3d', OLD), upload('nightly-0a1b2c3d', YOUNG)], open: 1 },
  ])('is $what', ({ stored, uploads = [], left = [], open = 0 }) => {
    const found = orphansIn({ folders: stored, uploads }, NOW);
    expect(found.flatMap(({ files }) => files.map(({ name }) => name))).toEqual(left);
    expect(found.flatMap((orphan) => orphan.uploads)).toHaveLength(open);
    expect(found.every(({ files, uploads: own }) => files.length + own.length > 0)).toBe(true);
  });
});

it.each<[string, ListedFolder[], boolean]>([
  ['one without a manifest', [folder('nightly-0a1b2c3d', { [DUMP]: OLD })], true],
  ['one in a claim that is not there otherwise', [folder(PARTIAL, { 'dump.pgcustom.zst': OLD })], true],
  ['what lies beside a manifest', [folder('nightly-0a1b2c3d', { 'manifest.json': OLD })], false],
  ['what lies beside a whole backup in a claim', [folder(PARTIAL, { 'dump.pgcustom.zst': OLD }), folder('nightly-0a1b2c3d', { 'manifest.json': OLD })], false],
])('of a Backup that may want it is spared: %s: %j: %s', (_, folders, isIt) => {
  const uploads = folders.some(({ name }) => name === PARTIAL) ? [] : [upload('nightly-0a1b2c3d', OLD)];
  const [orphan, ...more] = orphansIn({ folders, uploads }, NOW);
  expect(more).toEqual([]);
  expect(orphan && isSpared(orphan, ['nightly-0a1b2c3d'])).toBe(isIt);
  expect(orphan && isSpared(orphan, ['other-0a1b2c3d'])).toBe(false);
});

it('is counted by folders, with its size, and two are named', () => {
  const folders = ['a', 'b', 'c'].map((name) => folder(`${name}-0a1b2c3d`, { [DUMP]: OLD, [GLOBALS]: OLD }));
  const uploads = [upload('c-0a1b2c3d', OLD), upload('d-0a1b2c3d', OLD)];
  expect(summary(orphansIn({ folders, uploads }, NOW), uploads)).toEqual({ count: 4, uploads: 2, bytes: 74, first: ['a-0a1b2c3d', 'b-0a1b2c3d'] });
  expect(summary(orphansIn({ folders: [], uploads: undefined }, NOW), undefined)).toEqual({ count: 0, bytes: 0, first: [] });
});
