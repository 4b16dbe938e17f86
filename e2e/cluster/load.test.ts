import { expect, test } from 'vitest';
import { importedReferences, referencesFrom } from './load.ts';

test('references are read from what ctr prints', () => {
  const output = 'unpacking docker.io/library/busybox:stable (sha256:aa)...done\nunpacking localhost/a:dev (sha256:bb)...done\n';
  expect(importedReferences(output)).toEqual(['docker.io/library/busybox:stable', 'localhost/a:dev']);
});

test('a source is known while every reference it brought still comes from it', () => {
  const loaded = { 'a:1': '2 file:x', 'a:2': '2 file:x', 'b:1': '1 file:y' };
  expect(referencesFrom(loaded, 'file:x')).toEqual(['a:1', 'a:2']);
  expect(referencesFrom({ ...loaded, 'a:2': '1 file:z' }, 'file:x')).toEqual([]);
  expect(referencesFrom(loaded, 'file:never')).toEqual([]);
});
