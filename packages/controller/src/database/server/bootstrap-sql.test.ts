import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootstrapSql, quoteIdentifier, quoteLiteral } from './bootstrap-sql.ts';

/** Reads SQL as psql's lexer does under standard_conforming_strings: quoted parts, and the text between them. */
function partsOf(sql: string): { quoted: string[]; rest: string } {
  const quoted: string[] = [];
  const rest = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, (part) => {
    quoted.push(part.slice(1, -1).replaceAll(part.charAt(0).repeat(2), part.charAt(0)));
    return '?';
  });
  return { quoted, rest };
}

const HOSTILE = ["o'clock", 'say "hi"', `'; DROP TABLE orders; --`, `"; DROP ROLE postgres; --`, "''", '""', '\\', "\\'", '\\q', ':owner_password', ":'owner_password'", '$$', '%s', 'a\nb', 'é\u{1F418}', ' '];

describe('quoting', () => {
  test.each(HOSTILE)('%j comes back whole from a literal and from an identifier', (name) => {
    expect(partsOf(quoteLiteral(name))).toEqual({ quoted: [name], rest: '?' });
    expect(partsOf(quoteIdentifier(name))).toEqual({ quoted: [name], rest: '?' });
  });

  test('no text ends the quotes before its end', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => partsOf(`${quoteLiteral(name)} ${quoteIdentifier(name)}`).rest === '? ?'));
  });
});

describe('the bootstrap script', () => {
  const plain = partsOf(bootstrapSql({ databaseName: 'orders', username: 'clerk' }));

  test.each(HOSTILE)('has the same statements for a database and a role named %j', (name) => {
    expect(partsOf(bootstrapSql({ databaseName: name, username: name })).rest).toBe(plain.rest);
  });

  test('has the same statements whatever the names', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 63 });
    fc.assert(fc.property(name, name, (databaseName, username) => partsOf(bootstrapSql({ databaseName, username })).rest === plain.rest));
  });

  test('creates nothing that is there already', () => {
    const created = plain.quoted.filter((part) => part.startsWith('CREATE'));
    expect(created).toEqual(['CREATE ROLE "clerk"', 'CREATE ROLE "database_operator_backup"', 'CREATE ROLE "database_operator_replication"', 'CREATE DATABASE "orders" OWNER "clerk"']);
    expect(plain.rest.match(/WHERE NOT EXISTS/g)).toHaveLength(created.length);
    expect(plain.rest).not.toContain('CREATE');
  });

  test('keeps passwords out of the server log before the first one is used', () => {
    const lines = bootstrapSql({ databaseName: 'orders', username: 'clerk' }).split('\n');
    const silent = lines.findIndex((line) => line.startsWith("SET log_min_error_statement = 'panic'"));
    expect(silent).toBeGreaterThan(0);
    expect(lines.findIndex((line) => line.includes('PASSWORD'))).toBeGreaterThan(silent);
  });

  test('reads passwords from files only', () => {
    expect(plain.rest.match(/\\set \w+_password `cat \/etc\/postgres-operator\/[a-z-/]+`/g)).toHaveLength(4);
  });
});
