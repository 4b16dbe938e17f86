import { expect, it } from 'vitest';
import type { ListedFolder } from '../storage/listing.ts';
import { orphansIn } from './orphans.ts';

const NOW = Date.parse('2026-01-03T03:04:05Z');
const [OLD, YOUNG] = ['2026-01-02T03:04:04.000Z', '2026-01-02T03:04:06.000Z'];
const folder = (name: string, files: Record<string, string>): ListedFolder => ({ name, files: Object.entries(files).map(([file, storedAt]) => ({ name: file, bytes: 10, storedAt })) });

it.each<[string, ListedFolder, boolean]>([
  ['a dump without a manifest', folder('nightly-0a1b2c3d', { dump: OLD }), true],
  ['one that is younger than a day', folder('nightly-0a1b2c3d', { dump: YOUNG }), false],
  ['one into which something was written since', folder('nightly-0a1b2c3d', { globals: OLD, dump: YOUNG }), false],
  ['a backup', folder('nightly-0a1b2c3d', { dump: OLD, 'manifest.json': OLD }), false],
  ['what a killed run left in a claim', folder('.nightly-0a1b2c3d.1a1b2c3d.partial', { dump: OLD }), true],
  ['a backup in a claim whose deletion broke off', folder('.nightly-0a1b2c3d.1a1b2c3d.partial', { dump: OLD, 'manifest.json': OLD }), true],
  ['an empty folder', folder('nightly-0a1b2c3d', {}), false],
  ['the folder of somebody else', folder('photos', { dump: OLD }), false],
  ['somebody else’s that looks partial', folder('.photos.1a1b2c3d.partial', { dump: OLD }), false],
])('%s: %j: %s', (_, one, isOne) => expect(orphansIn([one], NOW).first).toEqual(isOne ? [one.name] : []));

it('are counted, with what is in them, and two are named', () => {
  const folders = ['a', 'b', 'c'].map((name) => folder(`${name}-0a1b2c3d`, { dump: OLD, globals: OLD }));
  expect(orphansIn(folders, NOW)).toEqual({ count: 3, bytes: 60, first: ['a-0a1b2c3d', 'b-0a1b2c3d'] });
  expect(orphansIn([], NOW)).toEqual({ count: 0, bytes: 0, first: [] });
});
