// Names of databases and roles inside a server.
import type { SpecRule } from '../rules.ts';

/** What PostgreSQL can hold at all. */
export const bounded = { minLength: 1, maxLength: 63, pattern: String.raw`^[^\x00]+$` };

/** PostgreSQL cuts names at NAMEDATALEN - 1 bytes, so a longer one would silently become another name. */
export const identifierBytes = (at: string): SpecRule => ({
  at,
  rule: 'bytes(self).size() <= 63',
  message: `${at} must be at most 63 bytes in UTF-8: PostgreSQL cuts longer names`,
  holds: (self: string) => new TextEncoder().encode(self).length <= 63,
});

/** A name must not be one of these. */
export const noneOf = (at: string, names: readonly string[], why: string): SpecRule => ({
  at,
  rule: `!(self in [${names.map((name) => `'${name}'`).join(', ')}])`,
  message: `${at} must not be ${listed(names)}: ${why}`,
  holds: (self: string) => !names.includes(self),
});

const listed = (names: readonly string[]): string => [names.slice(0, -1).join(', '), ...names.slice(-1)].join(' or ');

/** The rules of a name that a database of a user may have. */
export const databaseNameRules = (at: string): SpecRule[] => [identifierBytes(at), noneOf(at, ['postgres', 'template0', 'template1'], 'PostgreSQL uses these itself')];
