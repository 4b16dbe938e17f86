import { describe, expect, it } from 'vitest';
import { parseList } from './archive-plan.ts';
import { entriesWithout } from './extensions.ts';
import { splitStatements, unquote } from './statements.ts';

describe('SQL of pg_restore is cut into statements', () => {
  it.each<[string, string[]]>([
    ['GRANT ALL ON t TO a;\nREVOKE x;', ['GRANT ALL ON t TO a', 'REVOKE x']],
    [`-- a; comment\nSELECT 1;`, ['SELECT 1']],
    [`GRANT x TO "a;b""c";`, ['GRANT x TO "a;b""c"']],
    [`SELECT 'a;''b\\'; SELECT E'it\\'s;';`, [`SELECT 'a;''b\\'`, `SELECT E'it\\'s;'`]],
    ['CREATE FUNCTION f() AS $_$ a; $$ b; $_$; x;', ['CREATE FUNCTION f() AS $_$ a; $$ b; $_$', 'x']],
    ['\\restrict abc\n\nSET a = 1;\n\\unrestrict abc\n', ['SET a = 1']],
    ['GRANT x TO "a\n\\! b\nc";', ['GRANT x TO "a\n\\! b\nc"']],
    ['', []],
  ])('%j', (sql, statements) => expect(splitStatements(sql)).toEqual(statements));
});

it.each([
  ['"A ""b"""', 'A "b"'],
  ['shop', 'shop'],
])('the identifier %j means %j', (identifier, name) => expect(unquote(identifier)).toBe(name));

const LIST = `;
; Archive created at 2026-01-02 03:04:05 UTC
;     TOC Entries: 5
;
6; 2615 16385 SCHEMA - ext shop
2; 3079 16386 EXTENSION - ltree_plus 
3400; 0 0 COMMENT - EXTENSION ltree_plus 
3401; 0 0 COMMENT - EXTENSION ltree_plus_more 
217; 1259 16390 TABLE public item shop "owner"
`;

describe('the list of an archive', () => {
  it('is read line by line', () => {
    expect(parseList(LIST).map(({ id }) => id)).toEqual(['6', '2', '3400', '3401', '217']);
    expect(parseList(LIST)[4]?.what).toBe('TABLE public item shop "owner"');
  });
  it('loses what the superuser has created beforehand', () => {
    const plan = { entries: parseList(LIST), extensions: [], privileges: [] };
    expect(entriesWithout(plan, [{ name: 'ltree_plus', schema: 'ext' }]).map(({ id }) => id)).toEqual(['3401', '217']);
  });
});
