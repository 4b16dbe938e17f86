import { describe, expect, it } from 'vitest';
import { databaseArgument } from '../postgres/restore-arguments.ts';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import { createStatement } from './beside.ts';
import { parseSetting } from './copy-properties.ts';
import { TEMPORARY, formatIncompleteMark, formatPreviousMark, parseIncompleteMark, parsePreviousMark } from './marks.ts';
import { maintenanceDatabase, restoreNames } from './names.ts';
import { parseSwapRecord } from './swap-record.ts';
import { swapStatement } from './swap.ts';

const names = restoreNames('we"ird $db', 'feedc0de-0000-4000-8000-000000000002');
const facts = (changes: Partial<DatabaseFacts>): DatabaseFacts => ({
  serverVersion: '15.18',
  serverMajor: 15,
  name: names.live,
  oid: '1',
  owner: 'live owner',
  encoding: 'UTF8',
  locale: { provider: 'libc', collate: "it's", ctype: 'C', locale: null, icuRules: null },
  tablespace: 'pg_default',
  connectionLimit: -1,
  comment: null,
  ...changes,
});

describe('the databases of a restore', () => {
  it('are named after its UID', () => expect(names).toEqual({ live: 'we"ird $db', beside: 'restore_feedc0de', previous: 'previous_feedc0de' }));
  it('need a UID', () => expect(() => restoreNames('db', 'x; drop database db')).toThrow(/not the UID/));
  it('are never the one we are connected to', () => {
    expect(maintenanceDatabase('shop')).toBe('postgres');
    expect(maintenanceDatabase('postgres')).toBe('template1');
  });
});

describe('CREATE DATABASE', () => {
  const create = (changes: Partial<DatabaseFacts>): string => createStatement({ names, facts: facts(changes), owner: 'the "owner"' });
  const icu = { provider: 'icu', collate: 'C', ctype: 'C', locale: 'de-DE', icuRules: null } as const;

  it('quotes what it is given, and lets nobody in yet', () => {
    expect(create({})).toBe(
      `create database "restore_feedc0de" owner "the ""owner""" template template0 encoding 'UTF8' lc_collate 'it''s' lc_ctype 'C' locale_provider libc tablespace "pg_default" allow_connections false`,
    );
  });
  it('knows no locale providers before 15', () => expect(create({ serverMajor: 14 })).not.toContain('locale_provider'));
  it('takes over an ICU locale', () => expect(create({ locale: icu })).toContain(`locale_provider icu icu_locale 'de-DE'`));
  it('takes over ICU rules', () => expect(create({ serverMajor: 16, locale: { ...icu, icuRules: '&a < b' } })).toContain(`icu_rules '&a < b'`));
  it('takes over the built-in provider', () => {
    expect(create({ serverMajor: 17, locale: { ...icu, provider: 'builtin', locale: 'C.UTF-8' } })).toContain(`locale_provider builtin builtin_locale 'C.UTF-8'`);
  });
});

describe('the swap', () => {
  const roles = { comment: "it's mine", previousMark: TEMPORARY, previousOpen: true, liveOpen: true };

  it('is one message, so one transaction', () => {
    expect(swapStatement(names, roles).split('; ')).toEqual([
      'alter database "we""ird $db" rename to "previous_feedc0de"',
      'alter database "restore_feedc0de" rename to "we""ird $db"',
      'alter database "previous_feedc0de" allow_connections true',
      'alter database "we""ird $db" allow_connections true',
      `comment on database "previous_feedc0de" is '${TEMPORARY}'`,
      `comment on database "we""ird $db" is 'it''s mine'`,
    ]);
  });
  it('takes the mark off a database that had no comment', () => expect(swapStatement(names, { ...roles, comment: null })).toMatch(/ is null$/));
});

describe('a mark', () => {
  const previous = { restore: 'feedc0de-0000-4000-8000-000000000002', database: 'sh"op', keptUntil: '2026-01-02T03:04:05.000Z' };
  const incomplete = { restore: previous.restore, comment: "it's \\ \n mine" };

  it('of a previous database is read as it was written', () => expect(parsePreviousMark(formatPreviousMark(previous))).toEqual(previous));
  it('of an incomplete database is read as it was written', () => expect(parseIncompleteMark(formatIncompleteMark(incomplete))).toEqual(incomplete));
  it('is not taken for the other', () => {
    expect(parsePreviousMark(formatIncompleteMark(incomplete))).toBeUndefined();
    expect(parseIncompleteMark(formatPreviousMark(previous))).toBeUndefined();
  });
  it.each([null, '', 'x', 'null', '[]', TEMPORARY, formatPreviousMark({ ...previous, keptUntil: 'soon' }), JSON.stringify(previous)])('is not %j', (text) => {
    expect(parsePreviousMark(text)).toBeUndefined();
    expect(parseIncompleteMark(text)).toBeUndefined();
  });
});

describe('a setting of a database', () => {
  it.each([
    ['search_path=a, "b=c"', { name: 'search_path', value: 'a, "b=c"' }],
    ['my.app=', { name: 'my.app', value: '' }],
  ])('%j', (text, setting) => expect(parseSetting(text)).toEqual(setting));
});

describe('the record of a swap', () => {
  const record = { uid: 'u', bytes: 1, startedAt: 't' };
  it.each([
    [JSON.stringify(record), record],
    [JSON.stringify({ ...record, outageMilliseconds: 5 }), { ...record, outageMilliseconds: 5 }],
    [JSON.stringify({ ...record, outageMilliseconds: 'x' }), record],
    [JSON.stringify({ ...record, tables: 2, rows: 3 }), { ...record, tables: 2, rows: 3 }],
    [JSON.stringify({ ...record, tables: 2, rows: -3 }), { ...record, tables: 2 }],
    [JSON.stringify({ ...record, manifestSha256: 'x', backup: { name: 'a' }, skippedGrants: 0, more: 1 }), record],
    [JSON.stringify({ uid: 'u' }), undefined],
    ['null', undefined],
    ['x', undefined],
    [undefined, undefined],
  ])('%j is read as %j', (text, expected) => expect(parseSwapRecord(text)).toEqual(expected));
});

describe('the database argument of pg_restore', () => {
  it.each([
    ['shop', `dbname='shop'`],
    [`a=b host=evil`, `dbname='a=b host=evil'`],
    [String.raw`it's \ me`, String.raw`dbname='it\'s \\ me'`],
  ])('%j', (name, argument) => expect(databaseArgument(name)).toBe(argument));
});
