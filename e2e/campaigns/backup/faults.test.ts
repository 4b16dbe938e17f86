import { RUN_FAILURE_REASONS } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { diceOf } from './dice.ts';
import { drawFault, GROUPS, type Fault, type Group } from './faults.ts';

const PARTS = 3;
const draws = (group: Group): Fault[] => Array.from({ length: 500 }, (_, seed) => drawFault(group, diceOf(seed), { parts: PARTS }));

describe.each(GROUPS)('a fault of %s', (group) => {
  test('is the same for the same seed', () => {
    expect(draws(group)).toEqual(draws(group));
  });

  test('disturbs something, and ends for a reason of the closed list', () => {
    for (const { rules, tool, strike, claim, endings } of draws(group)) {
      expect([rules, tool, strike, claim].filter((one) => one !== undefined)).toHaveLength(1);
      for (const ending of endings) expect(['succeeded', 'silent', ...RUN_FAILURE_REASONS]).toContain(ending);
    }
  });

  test('comes about: it is never for a part that is not sent', () => {
    for (const { rules = [] } of draws(group)) for (const { on, skip = 0 } of rules) expect(skip).toBeLessThan(on === 'UploadPart' ? PARTS : 2);
  });
});

test.each<[Group, string[]]>([
  ['pg_dump', ['writes a part, then exit 0', 'writes a part, then exit 1', 'writes a part, then SIGKILL', 'writes a part, then SIGTERM', 'gets SIGKILL', 'gets SIGTERM']],
  ['runner', ['SIGTERM', 'SIGINT', 'SIGKILL']],
  ['store', ['503', '500', 'slow', 'connection breaks', '403', 'wrong ETag', '200 with an error', '412 on publish', 'dies']],
  ['flipped-bit', ['UploadPart', 'UploadPart, each time', 'PutManifest', 'GetManifest']],
  ['claim', ['full', 'read-only']],
])('%s has all that was asked for', (group, wanted) => {
  const kinds = draws(group).map(({ kind }) => kind);
  for (const words of wanted) expect(kinds.some((kind) => kind.includes(words)), words).toBe(true);
});

test('the whole output of pg_dump is a fault only when it fails then', () => {
  for (const { tool } of draws('pg_dump')) if (tool?.end === 'exit 0') expect(tool.share).toBeLessThan(1);
});
