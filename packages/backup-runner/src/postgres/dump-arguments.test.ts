import { describe, expect, it } from 'vitest';
import { dumpArguments, partOf, type Selection } from './dump-arguments.ts';

const ALWAYS = ['--format=custom', '--compress=0', '--no-password', '--lock-wait-timeout=300000'];

describe('pg_dump is told', () => {
  it.each<[string, Selection | undefined, string[]]>([
    ['nothing of a part for a whole database', undefined, []],
    ['nothing of a part for an empty selection', { schemas: [], tables: [], schemaOnly: false }, []],
    ['of schemas and tables, each of which must be there', { schemas: ['a', 'b*'], tables: ['c.d'] }, ['--schema=a', '--schema=b*', '--table=c.d', '--strict-names']],
    ['of what to leave out, which need not be there', { excludeSchemas: ['a'], excludeTables: ['"B c".*'] }, ['--exclude-schema=a', '--exclude-table="B c".*']],
    ['of definitions only', { schemaOnly: true }, ['--schema-only']],
    ['of values that look like flags, as values', { tables: ['--file=/tmp/x', '-t'] }, ['--table=--file=/tmp/x', '--table=-t', '--strict-names']],
  ])('%s', (_what, selection, args) => {
    expect(dumpArguments(selection === undefined ? {} : { selection })).toEqual([...ALWAYS, ...args]);
  });

  it('how long to wait for a lock', () => expect(dumpArguments({ lockTimeoutMilliseconds: 1500 })).toContain('--lock-wait-timeout=1500'));
});

describe('a selection of', () => {
  it.each<[string, Selection | undefined, Selection | undefined]>([
    ['nothing is the whole', undefined, undefined],
    ['empty lists is the whole', { schemas: [], excludeTables: [], schemaOnly: false }, undefined],
    ['something is a part, and says of what', { schemas: ['a'], tables: [] }, { schemas: ['a'] }],
    ['definitions is a part', { schemaOnly: true }, { schemaOnly: true }],
    ['all but a table is a part', { excludeTables: ['a'] }, { excludeTables: ['a'] }],
  ])('%s', (_what, selection, part) => expect(partOf(selection)).toEqual(part));
});
