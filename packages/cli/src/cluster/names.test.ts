import { MAX_NAME_LENGTH } from '@postgres-operator/api';
import { expect, test } from 'vitest';
import { NOW } from '../../test/objects.ts';
import { nameOfRun } from './names.ts';

test.each([
  ['shop', 'shop-20260102-030405-1a2b'],
  ['a'.repeat(52), `${'a'.repeat(31)}-20260102-030405-1a2b`],
  [`${'a'.repeat(30)}-bc`, `${'a'.repeat(30)}-20260102-030405-1a2b`],
])('A run of %s is called %s', (database, name) => {
  expect(nameOfRun(database, NOW, '1a2b')).toBe(name);
  expect(name.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
});
