import { expect, test } from 'vitest';
import { splitNames } from './system-settings.ts';

test.each<{ list: string; names: string[] }>([
  { list: '', names: [] },
  { list: 'pg_stat_statements', names: ['pg_stat_statements'] },
  { list: 'auto_explain, pg_stat_statements', names: ['auto_explain', 'pg_stat_statements'] },
  { list: 'a,b', names: ['a', 'b'] },
  { list: '"$user", public', names: ['$user', 'public'] },
  { list: '"a, b", "say ""hi"""', names: ['a, b', 'say "hi"'] },
  { list: '"$libdir/plugins/x"', names: ['$libdir/plugins/x'] },
])('$list is $names', ({ list, names }) => {
  expect(splitNames(list)).toEqual(names);
});
