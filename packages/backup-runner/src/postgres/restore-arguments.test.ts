import { expect, it } from 'vitest';
import { restoreArguments, type LoadOptions } from './restore-arguments.ts';

it.each<[string, Partial<LoadOptions>, string[]]>([
  ['the whole belongs to who loads it', {}, ['--no-owner', '--no-privileges']],
  ['with owners', { preserveOwners: true }, []],
  ['several jobs', { jobs: 4 }, ['--no-owner', '--no-privileges', '--jobs=4']],
  ['some entries', { listFile: '/run/scratch/list' }, ['--no-owner', '--no-privileges', '--use-list=/run/scratch/list']],
  ['a part, with a name like a flag', { selection: { schemas: ['a b'], tables: ['--file=x'] } }, ['--no-owner', '--no-privileges', '--schema=a b', '--table=--file=x']],
])('%s', (_what, options, expected) => {
  expect(restoreArguments({ preserveOwners: false, jobs: 1, ...options })).toEqual(['--exit-on-error', '--no-password', '--verbose', ...expected]);
});
