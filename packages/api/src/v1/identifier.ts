// Names of databases and roles inside a server.
import { rules, type CelRule } from '../dialect.ts';

/** What PostgreSQL can hold at all. */
export const bounded = { minLength: 1, maxLength: 63, pattern: String.raw`^[^\x00]+$` };

/** PostgreSQL cuts names at NAMEDATALEN - 1 bytes, so a longer one would silently become another name. */
export const identifierBytes = (field: string): CelRule => ({
  rule: 'bytes(self).size() <= 63',
  message: `${field} must be at most 63 bytes in UTF-8: PostgreSQL cuts longer names`,
});

/** The keywords of a name that a database of a user may have. */
export const identifier = (field: string, ...more: CelRule[]): typeof bounded & ReturnType<typeof rules> => ({
  ...bounded,
  ...rules(
    identifierBytes(field),
    { rule: "!(self in ['postgres', 'template0', 'template1'])", message: `${field} must not be postgres, template0 or template1: PostgreSQL uses these itself` },
    ...more,
  ),
});
