import { expect, it } from 'vitest';
import { restoreArguments, type LoadOptions } from './restore-arguments.ts';

it.each<[string, Partial<LoadOptions>, string[]]>([
  ['the whole belongs to who loads it', {}, ['--no-owner', '--no-privileges']],
  ['with owners', { preserveOwners: true }, []],
  ['some entries', { listFile: '/run/scratch/list' }, ['--no-owner', '--no-privileges', '--use-list=/run/scratch/list']],
  ['a part, with a name like a flag', { selection: { schemas: ['a b'], tables: ['--file=x'] } }, ['--no-owner', '--no-privileges', '--schema=a b', '--table=--file=x']],
])('%s', (_what, options, expected) => {
  const settings = { preserveOwners: false, ...options };
  const always = ['--exit-on-error', '--no-password', '--verbose', ...expected];
  expect(restoreArguments(settings, 'rows', 4)).toEqual([...always, '--section=pre-data', '--section=data']);
  expect(restoreArguments(settings, 'indexes', 4)).toEqual([...always, '--section=post-data', '--jobs=4']);
});
